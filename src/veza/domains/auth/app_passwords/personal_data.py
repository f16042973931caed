"""Exports a member's app passwords without secrets; erasing deletes them."""

from veza.domains.auth.app_passwords import queries
from veza.domains.auth.app_passwords import shared_queries as app_password_queries

# Tables that contain a member's id, directly or through another table.
TABLES = ("app_passwords",)

export = queries.list_passwords
erase = app_password_queries.delete_passwords
