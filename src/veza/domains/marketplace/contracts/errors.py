"""Refuses contracts that do not exist."""

from veza.core.errors import NotFound


class ContractNotFound(NotFound):
    """The line is no licence of the caller, or one that was refunded or lost to a dispute."""

    code = "contract_not_found"
    message = "There is no such contract, or its licence was paid back or withdrawn."
