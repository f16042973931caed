"""Account recovery: reset a forgotten password, verify an e-mail address, and send account mails.

Owns the table `email_tokens`. Emits no events: `accounts` announces changes. Stores only hashes of
tokens; the only copy of a token is in its mail.
"""
