"""Identities of members at OpenID providers: sign-ins that began, and who an identity belongs to.

Owns the tables `identities` and `openid_attempts`. Knows nothing of accounts but the row that it
locks: `accounts` opens the sessions.
"""
