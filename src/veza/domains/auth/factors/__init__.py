"""Second factors of members: authenticator apps and recovery codes.

Owns the tables `totp_factors`, `recovery_codes` and `login_challenges`. Decides which proof a login
or a change needs; `accounts` opens the sessions.
"""
