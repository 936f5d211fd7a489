"""Speakers and Features: readers, recordings, features and their store."""
