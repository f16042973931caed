"""Relations: whom a member follows, blocks and mutes, and how a member is shown to whom.

Owns the tables `follows`, `follow_counts`, `blocks` and `mutes`. Announces `UserFollowed`. Reacts
to `UserSuspended` and `UserUnsuspended`, so that suspended members aren't counted. Never decides
what is hidden in other domains because of a relation: their lists read the tables themselves.
"""
