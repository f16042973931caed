"""Images: pictures that members show in posts and messages, re-encoded without metadata.

Owns the table `images`, and in the storage all below `images/`. Announces nothing: the domains that
show an image call this one when they show it, and when they stop. Never decides who may see an
image that isn't public: it checks the signature of its URL.
"""
