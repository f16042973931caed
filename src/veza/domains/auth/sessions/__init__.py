"""Sessions: sign-ins of members on their devices, with access and refresh tokens.

Owns the tables `sessions` and `refresh_tokens`. Announces `session_ended` through the table of
revisions. Knows nothing of accounts: the caller passes the member and the role.
"""
