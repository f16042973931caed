"""Discussions: what members say to posts and to each other below them, in threads.

Announces `PostCommented`. Never decides who may know of a post: it asks `posts`, which keeps the
count.
"""
