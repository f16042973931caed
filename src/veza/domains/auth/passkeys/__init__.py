"""Passkeys of members (WebAuthn): options for browsers, challenges, public keys, signatures.

Owns the tables `passkeys` and `passkey_challenges`. `factors` decides what a passkey proves, and
has the routes.
"""
