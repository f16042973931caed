"""Mail domains: which domains of e-mail addresses are accepted at sign-up and for a new address.

Owns the table `mail_domains`. It is read from the database at each sign-up, so that a change
applies on every node at once. Emits no events.
"""
