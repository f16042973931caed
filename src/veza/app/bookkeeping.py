"""`veza ledger verify`: proves that the books are right, over all the domains that move money."""

import sys
from collections.abc import Awaitable, Callable, Sequence

from veza.app.services import Services
from veza.core.money import write_amount
from veza.domains.ledger import service as ledger
from veza.domains.ledger.models import Breach
from veza.infra import db
from veza.infra.db import Conn

type FindBreaches = Callable[[Conn], Awaitable[list[Breach]]]

# Each domain that moves money says what of its own can't be.
CHECKS: Sequence[FindBreaches] = (ledger.find_breaches,)


async def verify(services: Services) -> bool:
    """Print all that can't be, and what the books hold; tell whether all is right."""
    url = services.addresses.database
    async with (
        db.connect(url, max_size=1, statement_timeout_ms=0) as patient,
        patient.read() as conn,
    ):
        breaches = [breach for find in CHECKS for breach in await find(conn)]
        totals = await ledger.list_totals(conn)
    for breach in breaches:
        sys.stdout.write(f"Broken: {breach.rule}: {breach.where}.\n")
    for total in totals:
        amount = write_amount(total.balance_cents, total.currency)
        sys.stdout.write(f"{total.kind:10} {amount:>20}\n")
    sys.stdout.write("The books are right.\n" if not breaches else "The books are NOT right.\n")
    return not breaches
