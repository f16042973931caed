"""Audio: the sound of tracks, from the upload through the processing to the listener's ear.

Owns the tables `track_media` and `track_uploads`, and in the storage all below `tracks/`. Announces
nothing itself: what becomes of a track it tells the domain `tracks`. Never sells: who bought a
track, the market knows.
"""
