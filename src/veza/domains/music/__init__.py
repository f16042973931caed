"""Tracks, their audio files, tags and comments."""
