"""API keys: how a member's own programs authenticate.

Owns the table `api_keys`. Emits no events: a key is looked up at each request, so that a change
takes effect at once. Routes decide which scope they need; a key has its scopes.
"""
