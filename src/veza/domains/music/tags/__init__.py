"""Tags: which words creators put on tracks, how often, and what somebody may be typing.

Owns the tables `tags`, `tag_spellings` and `track_tags`. Announces nothing. Reacts to `TrackReady`,
`TrackChanged` and `TrackDeleted`, and to `UserSuspended` and `UserUnsuspended`: tags of tracks that
everybody may find are counted. Never changes a track.
"""
