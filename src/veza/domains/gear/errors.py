"""What can be refused in this domain."""

from veza.core.errors import Conflict, Invalid, NotFound, TooLarge, WrongMediaType


class GearNotFound(NotFound):
    """There is no such item among one's own."""

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
    """A member has as many items as one may have."""

    code = "too_much_gear"
    message = "You have 1,000 items, which is the most."


class TooManyRepairs(Conflict):
    """An item has as many repairs as one may have."""

    code = "too_many_repairs"
    message = "An item has at most 500 repairs."


class TooManyGearDocuments(Conflict):
    """An item has as many documents as one may have."""

    code = "too_many_gear_documents"
    message = "An item has at most 100 documents."


class GearDocumentMissing(Invalid):
    """The form holds no file."""

    code = "gear_document_missing"
    message = "Send the document as the part `file` of the form, with a file name."


class GearDocumentEmpty(Invalid):
    """The file has no bytes."""

    code = "gear_document_empty"
    message = "The document is empty."


class GearDocumentTooLarge(TooLarge):
    """More bytes than a document may have."""

    code = "gear_document_too_large"
    message = "A document may have 20 MiB."


class GearDocumentsFull(TooLarge):
    """The documents of a member take as much room as they may."""

    code = "gear_documents_full"
    message = "Your documents take as much room as they may: delete some."


class NotADocument(WrongMediaType):
    """The bytes are neither a PDF nor a picture nor plain text, whatever the name says."""

    code = "not_a_document"
    message = "Send a PDF, a picture (JPEG, PNG, WebP, GIF), or plain text in UTF-8."
