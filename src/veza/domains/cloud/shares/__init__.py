"""Shares: links by which others download a file without an account.

Owns the table `file_shares`. Emits no events. `files` stores the files. A link leads to the latest
version of the file, unless it is in the trash.
"""
