"""Comments on tracks, optionally at a position.

Owns the table `track_comments`. Emits `TrackCommented`. `tracks` decides who may see a track, and
keeps the count, without the comments of suspended members.
"""
