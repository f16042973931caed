"""Shares: links by which others download a file without an account.

Owns the table `file_shares`. Announces nothing. Never keeps a file: `files` does. A link leads to
the latest version of the file, unless it is in the trash.
"""
