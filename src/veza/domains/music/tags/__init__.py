"""Tags of tracks: their use counts, and suggestions while a tag is typed.

Owns the tables `tags`, `tag_spellings` and `track_tags`. Announces nothing. Reacts to `TrackReady`,
`TrackChanged`, `TrackDeleted`, `UserSuspended` and `UserUnsuspended`, because only the tags of
public tracks of members who are not suspended are counted. Never changes a track.
"""
