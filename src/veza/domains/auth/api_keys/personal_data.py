"""Personal data of API keys: export and erase."""

from veza.domains.auth.api_keys import queries

# The tables with a member's id.
TABLES = ("api_keys",)

export = queries.list_all_keys
erase = queries.delete_keys
