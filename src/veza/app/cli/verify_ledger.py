"""`veza ledger verify`: proves that the books are right, over all the domains that move money."""

import sys

from veza.app.services import Services
from veza.core.money import write_amount
from veza.domains.marketplace.invoices import invariants as invoices
from veza.domains.marketplace.ledger import invariants as ledger_invariants
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.ledger.models import AccountTotal, InvariantViolation
from veza.domains.marketplace.orders import invariants as orders
from veza.domains.marketplace.payouts import invariants as transfers
from veza.domains.marketplace.refunds import invariants as refunds
from veza.domains.marketplace.reviews import invariants as reviews
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Conn

# Each domain that moves money says what of its own can't be.
INVARIANTS = (
    *ledger_invariants.INVARIANTS,
    *orders.INVARIANTS,
    *refunds.INVARIANTS,
    *transfers.INVARIANTS,
    *invoices.INVARIANTS,
    *reviews.INVARIANTS,
)

# No request waits for it, and each rule reads whole tables.
_STATEMENT_TIMEOUT_MS = 3_600_000


async def find_violations(conn: Conn) -> list[InvariantViolation]:
    """Look through the whole database for what breaks a rule of money, or is still under way."""
    return await ledger.find_violations(conn, INVARIANTS)


async def verify(services: Services) -> bool:
    """Print what can't be, what is under way, and what the books hold; tell whether all is right.

    All of it is seen as it was at one moment, so that it can be asked while the server runs.
    """
    url = services.addresses.database
    async with (
        db.connect(
            url, max_size=1, statement_timeout_ms=_STATEMENT_TIMEOUT_MS, name="veza verify"
        ) as patient,
        patient.snapshot() as conn,
    ):
        found = await find_violations(conn)
        totals = await ledger.list_totals(conn)
    return _tell(found, totals)


def _tell(found: list[InvariantViolation], totals: list[AccountTotal]) -> bool:
    is_right = all(one.is_under_way for one in found)
    for one in found:
        word = "Under way" if one.is_under_way else "Broken"
        sys.stdout.write(f"{word}: {one.rule}: {one.where}.\n")
    for total in totals:
        amount = write_amount(total.balance_cents, total.currency)
        sys.stdout.write(f"{total.kind:10} {total.mode:5} {amount:>20}\n")
    sys.stdout.write("The books are right.\n" if is_right else "The books are NOT right.\n")
    return is_right
