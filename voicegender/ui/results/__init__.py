"""The Results page: what was tested, side by side and closely."""
