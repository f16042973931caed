"""Refusals of gear: not the caller's, too many, or documents of another type."""

from veza.core.errors import Conflict, Invalid, NotFound, TooLarge, WrongMediaType


class GearNotFound(NotFound):
    """The item doesn't exist, or belongs to another member."""

    code = "gear_not_found"
    message = "There is no such item among your gear."


class RepairNotFound(NotFound):
    """The item has no such repair."""

    code = "repair_not_found"
    message = "The item has no such repair."


class GearDocumentNotFound(NotFound):
    """The item has no such document."""

    code = "gear_document_not_found"
    message = "The item has no such document."


class TooMuchGear(Conflict):
    """The member has the maximum number of items."""

    code = "too_much_gear"
    message = "You have 1,000 items, the maximum: delete some first."


class TooManyRepairs(Conflict):
    """The item has the maximum number of repairs."""

    code = "too_many_repairs"
    message = "An item has at most 500 repairs."


class TooManyGearDocuments(Conflict):
    """The item has the maximum number of documents."""

    code = "too_many_gear_documents"
    message = "An item has at most 100 documents."


class GearDocumentMissing(Invalid):
    """The form has no file."""

    code = "gear_document_missing"
    message = "Send the document as the part `file` of the form, with a file name."


class GearDocumentEmpty(Invalid):
    """The file has no bytes."""

    code = "gear_document_empty"
    message = "The document is empty."


class GearDocumentTooLarge(TooLarge):
    """The document has too many bytes."""

    code = "gear_document_too_large"
    message = "The document is too large: the maximum is 20 MiB."


class GearDocumentsFull(TooLarge):
    """The document doesn't fit into the storage quota."""

    code = "gear_documents_full"
    message = "You have no storage left for this document: delete some documents first."


class NotADocument(WrongMediaType):
    """By its content the file is neither a PDF nor a picture nor plain text."""

    code = "not_a_document"
    message = "Send a PDF, a picture (JPEG, PNG, WebP, GIF), or plain text in UTF-8."
