"""`veza ledger verify`: check the invariants of all domains that move money."""

import sys

from veza.app.domains import INVARIANTS
from veza.app.services import Services
from veza.core.money import write_amount
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.ledger.models import AccountTotal, InvariantViolation
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Conn


async def find_violations(conn: Conn) -> list[InvariantViolation]:
    """Return everything in the database that violates an invariant or is still under way."""
    return await ledger.find_violations(conn, INVARIANTS)


async def verify(services: Services) -> bool:
    """Print violations, what is under way, and totals. Return whether there are no violations.

    Reads a snapshot of the database, so that the server can run at the same time.
    """
    url = services.addresses.database
    async with (
        db.connect(
            url, max_size=1, statement_timeout_ms=ledger.VERIFY_TIMEOUT_MS, name="veza verify"
        ) as database,
        database.snapshot() as conn,
    ):
        violations = await find_violations(conn)
        totals = await ledger_queries.list_totals(conn)
    return _report(violations, totals)


def _report(violations: list[InvariantViolation], totals: list[AccountTotal]) -> bool:
    is_right = all(violation.is_under_way for violation in violations)
    for violation in violations:
        status = "Under way" if violation.is_under_way else "Broken"
        sys.stdout.write(f"{status}: {violation.rule}: {violation.where}.\n")
    for total in totals:
        amount = write_amount(total.balance_cents, total.currency)
        sys.stdout.write(f"{total.kind:10} {total.mode:5} {amount:>20}\n")
    sys.stdout.write("The books are right.\n" if is_right else "The books are NOT right.\n")
    return is_right
