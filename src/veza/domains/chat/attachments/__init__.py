"""Attachments of messages: images, and a file as it was when it was sent.

Owns the tables `message_images` and `message_files`. Announces nothing. Stores no content: `images`
and `files` do.
"""
