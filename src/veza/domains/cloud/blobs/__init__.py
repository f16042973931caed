"""Blobs: contents of any kind, each stored once, with a count of its references.

Owns the table `blobs`, and all objects below `blobs/` in the storage. Emits no events: the domains
that use a content add and remove references. Stores neither owners nor names.
"""
