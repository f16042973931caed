"""Tracks: publishing, finding, liking and playing them.

Owns the tables `tracks`, `track_likes` and `track_plays`. Emits `TrackReady`, `TrackFailed`,
`TrackChanged`, `TrackDeleted` and `TrackLiked`. Reacts to `UserRenamed`, so that tracks are found
by the artist's new name. Likes of suspended members are not counted. Audio files belong to `audio`,
comments to `track_comments`.
"""
