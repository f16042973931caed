"""What the clock starts, and the work that comes of it."""

from veza.domains.marketplace.orders import service as orders
from veza.domains.marketplace.orders.models import PollPayment
from veza.domains.marketplace.purchases import service
from veza.domains.marketplace.purchases.service import CheckoutContext
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database

_AT_ONCE = 100


async def poll_payments(database: Database) -> None:
    """Have the company asked about orders that have been unpaid for minutes, or for too long.

    So no word that gets lost on its way to us matters.
    """
    is_more = True
    while is_more:
        async with database.transaction() as tx:
            due = await orders.take_to_ask(tx, _AT_ONCE)
            for job in due:
                await enqueue(tx, job, key=f"ask:{job.order_id}")
        is_more = len(due) == _AT_ONCE


async def poll_payment(database: Database, till: CheckoutContext, job: PollPayment) -> None:
    """Ask how the payment of an order stands. What is heard twice moves an order once.

    While the company doesn't answer, the job waits.
    """
    await service.poll_payment(database, till, job)
