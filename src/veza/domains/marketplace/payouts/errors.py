"""What can be refused in this domain."""

from veza.core.errors import Conflict, NotFound


class TransferNotFound(NotFound):
    """There is no such transfer."""

    code = "transfer_not_found"
    message = "There is no such transfer."


class TransferNotFailed(Conflict):
    """Only what failed is tried again by hand: all else goes on by itself."""

    code = "transfer_not_failed"
    message = "Only a failed transfer can be tried again."
