"""Structs of tracks, by topic."""
