"""Audio: the files of tracks, from upload and processing to playback.

Owns the table `track_media`, and in the storage all below `tracks/`. Announces nothing itself: it
reports the result of processing to the domain `tracks`. Never sells: the marketplace knows who
bought a track.
"""
