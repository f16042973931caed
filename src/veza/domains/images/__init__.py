"""Images: pictures that members show in posts and messages, made anew without metadata.

Announces nothing: whoever shows an image says so, and says when it is over. Never decides who may
see an image that isn't public: it asks for the signature of its URL.
"""
