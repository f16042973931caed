"""Refuses documents that do not exist, or whose refund is not made yet."""

from veza.core.errors import NotFound


class CreditNoteNotFound(NotFound):
    """The order has no such refund, or the refund is not made yet."""

    code = "credit_note_not_found"
    message = "There is no credit note of this refund."


class InvoiceNotFound(NotFound):
    """There is no such invoice of this seller."""

    code = "invoice_not_found"
    message = "There is no such invoice."
