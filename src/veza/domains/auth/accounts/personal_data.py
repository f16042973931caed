"""Personal data of accounts: export and erase."""

from veza.domains.auth.accounts import queries

# The tables with a member's id.
TABLES = ("users",)

export = queries.find_account
erase = queries.delete_user
