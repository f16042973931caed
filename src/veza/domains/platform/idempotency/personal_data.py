"""Personal data of idempotency keys: export and erase."""

from veza.domains.platform.idempotency import queries

# The tables with a member's id.
TABLES = ("idempotency_keys",)

export = queries.list_keys_of
erase = queries.delete_keys_of
