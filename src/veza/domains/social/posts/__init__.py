"""Posts: what members say to everybody, who likes it, and the lists in which it is found.

Owns the tables `posts`, `latest_posts`, `post_images` and `post_likes`. Announces `PostPublished`
and `PostLiked`. Reacts to `UserSuspended` and `UserUnsuspended`, so that likes of suspended members
aren't counted. Never decides who follows, blocks or mutes whom: it reads the tables of `relations`.
What is said below a post is for `discussions`, for which it keeps the count.
"""
