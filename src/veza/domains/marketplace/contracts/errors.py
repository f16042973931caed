"""Refuses contracts that do not exist."""

from veza.core.errors import NotFound


class ContractNotFound(NotFound):
    """The line is no licence that stands, or another's."""

    code = "contract_not_found"
    message = "There is no such contract, or its licence was paid back."
