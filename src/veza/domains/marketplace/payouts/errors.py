"""Refuses transfers that do not exist, and retries of those that did not fail."""

from veza.core.errors import Conflict, NotFound


class TransferNotFound(NotFound):
    """The transfer does not exist."""

    code = "transfer_not_found"
    message = "There is no such transfer."


class TransferNotFailed(Conflict):
    """Only failed transfers can be retried by an admin: all others proceed on their own."""

    code = "transfer_not_failed"
    message = "Only a failed transfer can be tried again."
