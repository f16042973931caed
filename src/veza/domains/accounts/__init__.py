"""Accounts: who somebody is, how they sign in, and for how long.

Owns the tables `users`, `sessions` and `refresh_tokens`. Announces `UserRenamed`, and in the table
of revisions the topic `session_ended`. Never sends mail, and never decides what a role may do in
another domain.
"""
