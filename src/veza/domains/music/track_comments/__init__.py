"""Comments on tracks, optionally at a position.

Owns the table `track_comments`. Announces `TrackCommented`. Reacts to `UserSuspended` and
`UserUnsuspended`, so that comments of suspended members are not counted. `tracks` decides who may
see a track, and keeps the count.
"""
