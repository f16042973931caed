"""Orders of guests: to whom they are delivered, and the links that open them."""

from enum import StrEnum

from msgspec import Struct

from veza.core.ids import OrderId, UserId
from veza.core.languages import Language
from veza.domains.marketplace.orders.models.checkout import Order, StoredOrder
from veza.domains.marketplace.orders.models.state import LineKind

NONCE_BYTES = 16


class LinkScope(StrEnum):
    """The scope of a link to an order.

    `open` shows the order, its files and documents. `pay` shows what is ordered and pays for it:
    who sent the same cart again gets it, and may be somebody else.
    """

    OPEN = "open"
    PAY = "pay"


class OrderLink(Struct, frozen=True):
    """A link that was checked, with its scope."""

    order_id: OrderId
    scope: LinkScope


class Opener(Struct, frozen=True):
    """The caller who asks for an order: an account, or the holder of a link to it."""

    account_id: UserId | None = None
    link: OrderLink | None = None


class NewGuest(Struct, frozen=True):
    """To whom a new order is delivered, and by what its request is recognized."""

    email: str
    language: Language
    link_nonce: bytes
    cart_key: bytes
    network_key: bytes
    request_key: bytes | None = None
    fingerprint: bytes | None = None


class GuestDelivery(Struct, frozen=True):
    """To whom an order is delivered. `link_nonce` is what its links sign."""

    order_id: OrderId
    email: str
    language: Language
    link_nonce: bytes


class TitledLine(Struct, frozen=True):
    """A line of an order: its title, and what it is of."""

    kind: LineKind
    title: str


class DeliveredOrder(GuestDelivery, frozen=True):
    """A paid order with the data of its mails."""

    lines: list[TitledLine]
    total_cents: int
    currency: str


class RepeatedOrder(Struct, frozen=True):
    """An order that the same request or cart has placed before."""

    order_id: OrderId
    fingerprint: bytes | None
    is_keyed: bool


class OpenedOrder(Struct, frozen=True):
    """An order that a link opens, and to whom it is delivered."""

    order: StoredOrder
    delivery: GuestDelivery
    link: OrderLink

    @property
    def opener(self) -> Opener:
        """Return the caller as the opener of the order."""
        return Opener(link=self.link)


class GuestOrder(Order, frozen=True, kw_only=True):
    """An order of a guest. `sent_to` is the address of its mails, but for most of the mailbox.

    With `is_claimed` it is also in the account that has this address. A link that does not
    `opens` was given to who sent the same cart again: it pays, and the mailed one opens.
    """

    sent_to: str
    is_claimed: bool
    opens: bool
