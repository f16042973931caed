"""Exports a member's app passwords without secrets; erasing deletes them."""

from veza.domains.auth.app_passwords import queries

# Tables that contain a member's id, directly or through another table.
TABLES = ("app_passwords",)

export = queries.list_passwords
erase = queries.delete_passwords
