"""Exports and erases a member's idempotency keys."""

from veza.domains.platform.idempotency import queries

# Tables that contain a member's id, directly or through another table.
TABLES = ("idempotency_keys",)

export = queries.list_keys_of
erase = queries.delete_keys_of
