"""Comments on posts, in threads.

Owns the table `post_comments`. Emits `PostCommented`. `posts` decides who may see a post, and keeps
the count, without the comments of suspended members.
"""
