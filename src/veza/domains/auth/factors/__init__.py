"""Second factors of members: authenticator apps, passkeys and recovery codes.

Owns the tables `totp_factors`, `recovery_codes`, `login_challenges` and `factor_recoveries`.
Decides which proof a login or a change needs; `accounts` opens the sessions.
"""
