"""Posts: what members say to everybody, who likes it, and the lists in which it is found.

Announces `PostPublished` and `PostLiked`.
"""
