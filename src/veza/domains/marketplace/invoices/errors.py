"""What can be refused in this domain."""

from veza.core.errors import NotFound


class CreditNoteNotFound(NotFound):
    """There is no such refund of the order, or the money isn't back yet."""

    code = "credit_note_not_found"
    message = "There is no credit note of this refund."
