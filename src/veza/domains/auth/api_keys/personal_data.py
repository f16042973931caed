"""Exports all API keys, revoked ones too; erasing deletes them."""

from veza.domains.auth.api_keys import queries

# Tables that contain a member's id, directly or through another table.
TABLES = ("api_keys",)

export = queries.list_all_keys
erase = queries.delete_keys
