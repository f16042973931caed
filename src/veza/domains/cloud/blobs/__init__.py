"""Blobs: contents of any kind, each stored once, however many have it.

Owns the tables `blobs` and `blob_uploads`, and in the storage all below `blobs/`. Announces
nothing: whoever keeps a content counts it here, and says when it is over. Never knows whose a
content is, nor what it is called.
"""
