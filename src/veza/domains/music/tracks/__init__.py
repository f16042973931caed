"""Tracks: what creators show, and others find, like and play.

Owns the tables `tracks`, `track_likes` and `track_plays`. Announces `TrackReady`, `TrackFailed`,
`TrackDeleted` and `TrackLiked`. Never touches a sound: that is for the domain `audio`. What is said
of tracks is for `comments`.
"""
