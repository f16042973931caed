"""Tracks: what creators show, and others find, like, comment and play.

Owns the tables `tracks`, `track_likes`, `track_comments` and `track_plays`. Announces `TrackReady`,
`TrackFailed`, `TrackDeleted`, `TrackLiked` and `TrackCommented`. Never touches a sound: that is for
the domain `audio`.
"""
