"""Access to orders and their contents: for the buyer's account, or the holder of a link."""

from veza.core.ids import OrderId, UserId
from veza.domains.marketplace.orders.errors import MailedLinkNeeded, OrderNotFound
from veza.domains.marketplace.orders.models.guests import LinkScope, Opener


def may_see(order_id: OrderId, buyer_id: UserId | None, opener: Opener) -> bool:
    """Return whether an order is the account's own, or that of the link. Who sees it may pay."""
    if opener.link is not None:
        return opener.link.order_id == order_id
    return buyer_id is not None and buyer_id == opener.account_id


def ensure_may_see(order_id: OrderId, buyer_id: UserId | None, opener: Opener) -> None:
    """Raise OrderNotFound unless the order may be seen and paid."""
    if not may_see(order_id, buyer_id, opener):
        raise OrderNotFound


def ensure_may_open(order_id: OrderId, buyer_id: UserId | None, opener: Opener) -> None:
    """Raise OrderNotFound, or MailedLinkNeeded, unless files, documents and refunds are theirs."""
    ensure_may_see(order_id, buyer_id, opener)
    if opener.link is not None and opener.link.scope is not LinkScope.OPEN:
        raise MailedLinkNeeded
