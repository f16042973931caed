"""Accounts: who somebody is, what they call themselves, and how they sign in.

Owns the table `users`. Announces `UserRegistered`, `UserRenamed`, `EmailChanged`,
`PasswordChanged`, `UserSuspended` and `UserUnsuspended`. Never sends mail, and never decides what a
role may do in another domain, nor who is to be suspended.
"""
