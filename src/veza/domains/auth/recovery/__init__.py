"""Recovery: the way back into an account whose password is lost, and proof of whose address it is.

Owns the table `mail_tokens`. Announces nothing itself: what it changes belongs to `accounts`, which
announces it. Sends the mails that an account leads to. Never knows a password, and never keeps a
token: the only copy is on its way by mail.
"""
