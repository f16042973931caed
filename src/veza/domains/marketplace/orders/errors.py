"""Refusals of checkout and downloads: price, own or owned products, unpaid, refunded."""

from veza.core.errors import Conflict, Forbidden, NotFound, TooManyRequests
from veza.domains.marketplace.bundles.errors import BundleChanged
from veza.domains.marketplace.discounts.errors import CODE_ERRORS
from veza.domains.marketplace.prices.errors import PriceChanged, PriceTooLow
from veza.domains.marketplace.products.errors import (
    ProductNotFound,
    ReleaseNotAvailable,
    SoldExclusively,
    SoldOut,
)
from veza.domains.marketplace.variants.errors import VARIANT_ERRORS


class OrderNotFound(NotFound):
    """The order does not exist, belongs to another member, or its link was revoked."""

    code = "order_not_found"
    message = "There is no such order."


class MailedLinkNeeded(Forbidden):
    """The link pays for the order; only the one that was mailed opens what is bought."""

    code = "mailed_link_needed"
    message = "This link only pays for the order: open it by the link in the mail."


class TooManyGuestOrders(TooManyRequests):
    """Many orders without an account were placed from one network."""

    code = "too_many_guest_orders"
    message = "Many orders without an account came from here: wait an hour, or sign in."


class OrderNotFlagged(Conflict):
    """The order has no flag to clear."""

    code = "order_not_flagged"
    message = "This order is not flagged."


class OrderNotPaid(Conflict):
    """The order must be paid first."""

    code = "order_not_paid"
    message = "This order is not paid."


class PurchaseTakenDown(Conflict):
    """All that the order gives was taken down, and taken from its buyers."""

    code = "purchase_taken_down"
    message = "What you bought was taken down by the staff: it can't be downloaded any more."


class ProductNotBought(Forbidden):
    """Only buyers of the product, and its seller, get what it contains."""

    code = "product_not_bought"
    message = "You haven't bought this product, or it was refunded."


class ProductWithoutRelease(NotFound):
    """The product is no release, or the release was deleted."""

    code = "product_without_release"
    message = "This product is no release, or its release was deleted."


class NotDelivered(Conflict):
    """Deliver pre-orders when their release is published."""

    code = "not_delivered"
    message = "This is a pre-order: it can be downloaded as soon as the release is published."


class OwnProduct(Conflict):
    """Members cannot buy from themselves."""

    code = "own_product"
    message = "This product is your own."


class AlreadyOwned(Conflict):
    """A digital product is bought once."""

    code = "already_owned"
    message = "You have already bought this product."


class MixedCurrencies(Conflict):
    """An order has a single currency, and a product no price in it."""

    code = "mixed_currencies"
    message = "These products have no price in the same currency: order them separately."


class BuyerNameNeeded(Conflict):
    """A licence is a contract with its buyer, who has no account here."""

    code = "buyer_name_needed"
    message = "Enter your name in the billing details: the contract of the licence names you."


class TooManyUnpaidUnits(Conflict):
    """Orders that are not paid hold as many limited products as they may."""

    code = "too_many_unpaid_units"
    message = (
        "Orders from you, or from your network, that are not paid yet hold 5 limited products at "
        "most: pay for them, order fewer, or wait for half an hour until they expire."
    )


class OrderTooLarge(Conflict):
    """The total exceeds the maximum of a payment."""

    code = "order_too_large"
    message = "The total is too large for one payment: split it into several orders."


class GiftNotFree(Conflict):
    """A gift must cost something, so that nobody can send mails to strangers for nothing."""

    code = "gift_not_free"
    message = "A gift has to cost something: send a link to what is free."


class ServiceNeedsAccount(Forbidden):
    """A service is made for somebody who says what to make, and answers: by an account."""

    code = "service_needs_account"
    message = "Sign in to order a service: its seller needs to reach you."


class ServiceNotGiven(Conflict):
    """A service can't be a gift: its buyer writes the brief and accepts the delivery."""

    code = "service_not_given"
    message = "A service can't be a gift: it is made for the person who orders it."


class TooManyGifts(TooManyRequests):
    """Many gifts were ordered by one buyer, or from one network."""

    code = "too_many_gifts"
    message = "These are many gifts for one day: order the others tomorrow."


class VatIdUnknown(Conflict):
    """The directory of the EU knows no such VAT id."""

    code = "vat_id_unknown"
    message = "The VAT directory of the EU does not know this VAT id: check it, or leave it out."


class PaymentRefused(Conflict):
    """The payment provider refused to create the payment."""

    code = "payment_refused"
    message = "The payment provider refused this payment."


class DownloadNotFound(NotFound):
    """The file is not part of the order, the link expired, or the item was refunded."""

    code = "download_not_found"
    message = "This download does not exist, or its link has expired: open the order again."


# What a cart is refused for, by a quote and by an order.
CART_ERRORS = (
    ProductNotFound,
    ReleaseNotAvailable,
    SoldOut,
    SoldExclusively,
    *VARIANT_ERRORS,
    OwnProduct,
    AlreadyOwned,
    ServiceNeedsAccount,
    PriceChanged,
    PriceTooLow,
    BundleChanged,
    MixedCurrencies,
    OrderTooLarge,
    *CODE_ERRORS,
)
