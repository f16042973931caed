"""Playlists: ordered tracks, edited alone or together, imported and exported.

Owns the tables `playlists`, `playlist_entries` and `playlist_editors`. `tracks` decides who may see
a track.
"""
