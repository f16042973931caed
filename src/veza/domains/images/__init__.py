"""Images: pictures that members show in posts and messages, made anew without metadata.

Owns the table `images`, and in the storage all below `images/`. Announces nothing: whoever shows an
image says so, and says when it is over. Never decides who may see an image that isn't public: it
asks for the signature of its URL.
"""
