"""Refusals of products: another's, unpublished, ordered already, or files beyond limits."""

from veza.core.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge


class ProductNotFound(NotFound):
    """The product does not exist, or isn't visible to the caller."""

    code = "product_not_found"
    message = "There is no such product."


class NotYourProduct(Forbidden):
    """Only its seller may change a product."""

    code = "not_your_product"
    message = "Only the seller of a product can do this."


class ProductNotPublished(Conflict):
    """A post can only show a product that everybody may buy."""

    code = "product_not_published"
    message = "Only a published product can be shown."


class ProductOrdered(Conflict):
    """The product was ordered, and its buyers keep its files."""

    code = "product_ordered"
    message = "This product was ordered: you can add files, but not remove them."


class ProductKeepsRelease(Conflict):
    """The product was ordered: its buyers get its release."""

    code = "product_keeps_release"
    message = "This product was ordered: its release can't be changed. Create another product."


class StockChanged(Conflict):
    """The stock is not what the seller saw: some were sold, or came back."""

    code = "stock_changed"
    message = "The stock has changed meanwhile: look at it, and send it as `stock_seen`."


class PricedByVariants(Conflict):
    """The price of a product with variants is that of the cheapest one, in one currency."""

    code = "priced_by_variants"
    message = "This product is sold in variants: change their prices instead, in one currency."


class KeptByVariants(Conflict):
    """A variant of the product includes its track or release, which would be gone."""

    code = "kept_by_variants"
    message = (
        "A variant includes the track or the release of this product: change the variant first."
    )


class SoldExclusively(Conflict):
    """The exclusive licence of the product was sold: no other licence is sold after that."""

    code = "sold_exclusively"
    message = "This was sold exclusively: no other licence of it can be sold."


class FileInVariant(Conflict):
    """A variant of the product includes the file."""

    code = "file_in_variant"
    message = "A variant includes this file: take it out of the variant first."


class SoldOut(Conflict):
    """Nothing is left of a limited product; what others have ordered and not paid may come back."""

    code = "sold_out"
    message = "A product is sold out: take it out of the order."


class ReleaseNotAvailable(Conflict):
    """The release of the product is private, and not scheduled."""

    code = "release_not_available"
    message = "This release isn't published, and has no date of publication."


class ProductFileNotFound(NotFound):
    """The product has no such file."""

    code = "product_file_not_found"
    message = "The product has no such file."


class TooManyProductFiles(Conflict):
    """The product has the maximum number of files."""

    code = "too_many_product_files"
    message = "A product has at most 200 files: put some into an archive."


class ProductFileMissing(Invalid):
    """The form contains no file."""

    code = "product_file_missing"
    message = "Send the file as the part `file` of the form, with a file name."


class ProductFileEmpty(Invalid):
    """The file is empty."""

    code = "product_file_empty"
    message = "The file is empty."


class ProductFileTooLarge(TooLarge):
    """The file exceeds the size limit."""

    code = "product_file_too_large"
    message = "The file is too large."
