"""One recording: answered, heard, drawn."""
