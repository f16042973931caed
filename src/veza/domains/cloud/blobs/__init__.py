"""Blobs: contents of any kind, each stored once, with a count of its references.

Owns the table `blobs`, and in the storage all below `blobs/`. Announces nothing: the domains that
keep a content add and remove references here. Never knows whose a content is, nor its name.
"""
