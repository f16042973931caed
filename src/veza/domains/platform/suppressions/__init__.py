"""Addresses that get no more mail: they don't exist, refused mail for long, or complained.

Owns the table `mail_suppressions`, which has hashes of addresses. Emits `MailReported`. A mailbox
or a mail provider posts reports to a webhook; only those with a token of a mail to the address
count. Domains ask before they send, and say what servers answered.
"""
