"""Lyrics of tracks: plain, and synchronised as LRC.

Owns the table `track_lyrics`. Emits no events. `tracks` decides who may see a track.
"""
