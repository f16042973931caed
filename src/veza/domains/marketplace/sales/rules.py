"""Decisions without I/O: everything here can be tested with plain values."""

from collections.abc import Sequence

from veza.domains.marketplace.sales.models import PaidOrder, Sale, SaleItem
from veza.domains.music.tracks.models import Artist


def show_sale(sale: PaidOrder, items: Sequence[SaleItem]) -> Sale:
    """Show an order to a seller, with the seller's own lines."""
    buyer = None
    if sale.buyer_id is not None and sale.username is not None:
        buyer = Artist(sale.buyer_id, sale.username)
    return Sale(
        id=sale.id,
        status=sale.status,
        buyer=buyer,
        items=list(items),
        total_cents=sum(item.price_cents for item in items),
        fee_cents=sum(item.fee_cents for item in items),
        net_cents=sum(item.net_cents for item in items),
        currency=sale.currency,
        mode=sale.mode,
        created_at=sale.created_at,
        paid_at=sale.paid_at,
    )
