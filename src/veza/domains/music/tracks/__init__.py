"""Tracks: publishing, finding, liking and playing them.

Owns the tables `tracks`, `track_likes`, `track_plays`, `late_plays`, `counted_plays`,
`track_history`, `track_search`, `artist_search` and `track_announcements`. Emits `TrackReady`,
`TrackPublished`, `TrackFailed`, `TrackChanged`, `TrackDeleted` and `TrackLiked`.
What tracks are found by is written in the transaction of their change. Likes of suspended members
are not counted. Reads the follows and mutes of `relationships`. Audio files belong to `audio`,
comments to `track_comments`.
"""
