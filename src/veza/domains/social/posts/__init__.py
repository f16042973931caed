"""Posts, their likes, and the lists that show them.

Owns the tables `posts`, `latest_posts`, `post_images`, `post_likes` and `post_search`. Emits
`PostPublished`, to which it reacts by indexing the post, and `PostLiked`. Likes of suspended
members are not counted. Reads the follows, blocks and mutes of `relationships`. Comments belong to
`post_comments`; their count is stored here.
"""
