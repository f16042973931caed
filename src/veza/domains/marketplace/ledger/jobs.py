"""Verifies the books in a snapshot, each night and when an admin asks."""

from collections.abc import Mapping

from msgspec import Struct

from veza.core.clock import now
from veza.domains.marketplace.ledger import queries, service
from veza.domains.marketplace.ledger.models import LedgerVerification, VerifyLedger
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Database

_MAX_LISTED = 200


class Verifier(Struct, frozen=True):
    """The rules of all domains, and the database that they are verified in."""

    invariants: Mapping[str, str]
    url: str


async def verify_books(database: Database, verifier: Verifier, _: VerifyLedger) -> None:
    """Verify all rules in a snapshot, and store the result.

    A repeated job verifies again. It reads on a connection of its own: each rule reads whole
    tables, which takes longer than the statements of requests may.
    """
    started_at = now()
    async with (
        db.connect(
            verifier.url,
            max_size=1,
            statement_timeout_ms=service.VERIFY_TIMEOUT_MS,
            name="veza verify",
        ) as patient,
        patient.snapshot() as conn,
    ):
        found = await service.find_violations(conn, verifier.invariants)
    found.sort(key=lambda violation: violation.is_under_way)
    is_right = all(violation.is_under_way for violation in found)
    result = LedgerVerification(started_at, now(), is_right, found[:_MAX_LISTED])
    async with database.transaction(recorded=False) as tx:
        await queries.store_verification(tx, result)


async def request_nightly_verification(database: Database) -> None:
    """Enqueue the verification of the night."""
    async with database.transaction(recorded=False) as tx:
        await service.request_verification(tx)
