"""Structs of playlists, by topic."""
