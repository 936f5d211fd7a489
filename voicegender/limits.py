"""How much is taken in at most."""

LIMIT_SECONDS = 4 * 3600.0
"""Longest recording, in seconds, whatever its header claims."""
LEAST_SPEECH = 0.5
"""Seconds of speech below which nothing is said."""
