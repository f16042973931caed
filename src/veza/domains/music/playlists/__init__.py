"""Playlists: ordered tracks, edited alone or together, imported and exported.

Owns the tables `playlists`, `playlist_entries`, `playlist_editors`, `playlist_shares` and
`playlist_search`. `tracks` decides who may see a track.
"""
