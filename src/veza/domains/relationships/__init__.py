"""Relationships: who follows, blocks and mutes whom, and public profiles of members.

Owns the tables `follows`, `follow_counts`, `blocks`, `ended_relations` and `mutes`. Emits
`UserFollowed`. Handles `UserSuspended` and `UserUnsuspended`: suspended members are not counted.
Other domains read these tables in their lists to hide content.
"""
