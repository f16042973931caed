"""API keys: how a member's own programs come in without their password.

Owns the table `api_keys`. Announces nothing: a key is looked up whenever it is sent, so that what
becomes of it counts at once. Never decides what a route may be used for: it says how far a key
reaches.
"""
