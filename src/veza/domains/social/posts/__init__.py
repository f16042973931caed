"""Posts, their likes, and the lists that show them.

Owns the tables `posts`, `latest_posts`, `post_images` and `post_likes`. Emits `PostPublished` and
`PostLiked`. Likes of suspended members are not counted. Reads the follows, blocks and mutes of
`relationships`. Comments belong to `post_comments`; their count is stored here.
"""
