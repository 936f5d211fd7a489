"""The Live page: the microphone, and what is heard of it."""
