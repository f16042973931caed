"""Comments on tracks, optionally at a position, with replies, likes and edits.

Owns the tables `track_comments` and `track_comment_likes`. Emits `TrackCommented` and
`TrackCommentLiked`. `tracks` decides who may see a track, and keeps the count, without the comments
of suspended members.
"""
