"""Shares: links by which others get a file, without an account.

Owns the table `file_shares`. Announces nothing. Never keeps a file: `files` does, and whoever has a
link gets it as it is then, unless it lies in the trash.
"""
