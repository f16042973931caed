"""Announces each warranty that ends within thirty days, once."""

from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.gear import queries, rules
from veza.domains.gear.events import WarrantyEnding
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx


async def warn_of_warranties(database: Database) -> None:
    """Announce each warranty that ends within thirty days, once, the last day included."""
    today = now().date()

    async def warn(tx: Tx) -> int:
        ending = await queries.update_warned(tx, today, today + rules.WARNED_BEFORE)
        for warranty in ending:
            await emit(tx, WarrantyEnding(new_id(), warranty.gear_id, warranty.owner_id))
        return len(ending)

    await run_in_batches(database, warn)
