"""Issues the contracts of an order when it is paid."""

from veza.domains.marketplace.contracts import service
from veza.domains.marketplace.orders.events import OrderPaid
from veza.infra.postgres.database import Tx


async def issue_contracts(tx: Tx, event: OrderPaid) -> None:
    """Issue the contracts of the licences in a paid order; their PDFs are made when opened."""
    await service.issue_contracts(tx, event.order_id)
