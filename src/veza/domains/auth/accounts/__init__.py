"""Accounts: profiles, passwords, roles and suspension of members, and how they sign in.

Owns the table `users`. Emits `UserRegistered`, `UserRenamed`, `EmailChanged`, `PasswordChanged`,
`UserSuspended` and `UserUnsuspended`. Sends no mail; other domains decide what a role may do, and
who is suspended.
"""
