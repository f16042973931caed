"""Discussions: what members say to posts and to each other below them, in threads.

Owns the table `post_comments`. Announces `PostCommented`. Reacts to `UserSuspended` and
`UserUnsuspended`, so that what suspended members wrote isn't counted. Never decides who may know of
a post: it asks `posts`, which keeps the count.
"""
