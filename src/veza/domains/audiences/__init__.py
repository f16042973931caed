"""Tiers of items: lock the tier that an item is for, and find the tiers that admit a viewer.

Domains below `marketplace` use it: tracks, releases, posts and conversations have a tier.
"""
