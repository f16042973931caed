"""Exports a member's account as it is stored; erasing deletes its row."""

from veza.domains.auth.accounts import queries

# Tables that contain a member's id, directly or through another table.
TABLES = ("users",)

export = queries.find_account
erase = queries.delete_user
