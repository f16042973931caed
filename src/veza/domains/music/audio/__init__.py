"""Audio: the files of tracks, from upload and processing to playback.

Owns the table `track_media`, and all objects below `tracks/` in the storage. Emits no events: it
reports the result of processing to `tracks`. The marketplace determines who bought a track.
"""
