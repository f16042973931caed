"""Refuses bundles that are missing, another's, too many, in two currencies, or that changed."""

from veza.core.errors import Conflict, Forbidden, NotFound


class BundleNotFound(NotFound):
    """The bundle does not exist, isn't visible to the caller, or has nothing for sale."""

    code = "bundle_not_found"
    message = "There is no such bundle."


class NotYourBundle(Forbidden):
    """Only its seller may change a bundle."""

    code = "not_your_bundle"
    message = "Only the seller of a bundle can do this."


class TooManyBundles(Conflict):
    """The seller has the maximum number of bundles."""

    code = "too_many_bundles"
    message = "You can have at most 100 bundles: delete unused ones first."


class BundleCurrencies(Conflict):
    """All products of a bundle have one currency."""

    code = "bundle_currencies"
    message = "All products of a bundle need its currency."


class BundledVariants(Conflict):
    """A product that is sold in variants has no price of its own."""

    code = "bundled_variants"
    message = "Products that are sold in variants can't be in a bundle: take them out."


class BundleChanged(Conflict):
    """The bundle is gone, or has products that are neither ordered nor owned."""

    code = "bundle_changed"
    message = "This bundle has changed: look at it again."
