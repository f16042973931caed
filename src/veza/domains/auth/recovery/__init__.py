"""Account recovery: forgotten passwords, lost factors, verified addresses, and account mails.

Owns the table `email_tokens`. `accounts` announces changes, and `factors` stores which are lost.
Stores only hashes of tokens; the only copy of a token is in its mail.
"""
