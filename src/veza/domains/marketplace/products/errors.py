"""What can be refused in this domain."""

from veza.core.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge


class ProductNotFound(NotFound):
    """There is no such product, or none that the caller may know of."""

    code = "product_not_found"
    message = "There is no such product."


class NotYourProduct(Forbidden):
    """Only its seller may change a product."""

    code = "not_your_product"
    message = "Only its seller may do this with a product."


class ProductNotPublished(Conflict):
    """Everybody sees a post, so its product has to be one that everybody may buy."""

    code = "product_not_published"
    message = "Only a published product can be shown."


class ProductOrdered(Conflict):
    """Somebody ordered it, and keeps what was in it then."""

    code = "product_ordered"
    message = "Somebody ordered this product: files can be added, and none taken away."


class ProductFileNotFound(NotFound):
    """The product has no such file."""

    code = "product_file_not_found"
    message = "The product has no such file."


class TooManyProductFiles(Conflict):
    """A product has as many files as one may have."""

    code = "too_many_product_files"
    message = "A product has at most 200 files: put some into an archive."


class ProductFileMissing(Invalid):
    """The form holds no file."""

    code = "product_file_missing"
    message = "Send the file as the part `file` of the form, with a file name."


class ProductFileEmpty(Invalid):
    """The file has no bytes."""

    code = "product_file_empty"
    message = "The file is empty."


class ProductFileTooLarge(TooLarge):
    """More bytes than a file may have."""

    code = "product_file_too_large"
    message = "The file is too large."
