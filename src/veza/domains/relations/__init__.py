"""Relations: whom a member follows, blocks and mutes.

Announces `UserFollowed`. Never decides what is hidden because of it: lists of other domains read
the tables themselves.
"""
