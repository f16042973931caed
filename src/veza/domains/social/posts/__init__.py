"""Posts, their likes, and the lists that show them.

Owns the tables `posts`, `latest_posts`, `post_images` and `post_likes`. Announces `PostPublished`
and `PostLiked`. Likes of suspended members are not counted. Reads the tables of `relationships` to
know who follows, blocks or mutes whom. Comments belong to `post_comments`; their count is kept
here.
"""
