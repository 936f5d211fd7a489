"""How much is taken in at most."""

LIMIT_SECONDS = 4 * 3600.0
"""Longest recording, in seconds, whatever its header claims."""
