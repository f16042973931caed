"""Items for members of a tier: a tier is of the item's own profile, and its members are admitted.

Domains below `marketplace` use it: tracks, releases, posts and conversations have a tier.
"""
