"""Comments: what members say about tracks, at a place of the sound or of the whole.

Owns the table `track_comments`. Announces `TrackCommented`. Never decides who may know of a track:
it asks `tracks`, which keeps the count.
"""
