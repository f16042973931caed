"""Attachments: what hangs on messages: images, and a file as it was when it was sent.

Owns the tables `message_images` and `message_files`. Announces nothing. Never holds a byte:
`images` and `files` do; nor decides what is said where: `messages` does.
"""
