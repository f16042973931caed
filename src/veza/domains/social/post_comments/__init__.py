"""Comments on posts, in threads.

Owns the table `post_comments`. Announces `PostCommented`. Reacts to `UserSuspended` and
`UserUnsuspended`, so that comments of suspended members are not counted. `posts` decides who may
see a post, and keeps the count.
"""
