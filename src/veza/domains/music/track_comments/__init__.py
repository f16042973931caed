"""Comments: what members say about tracks, at a place of the sound or of the whole.

Owns the table `track_comments`. Announces `TrackCommented`. Reacts to `UserSuspended` and
`UserUnsuspended`, so that what suspended members wrote isn't counted. Never decides who may know of
a track: it asks `tracks`, which keeps the count.
"""
