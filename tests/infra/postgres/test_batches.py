"""Work in batches, each in its own transaction."""

from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx


async def test_batches_run_until_one_does_nothing(database: Database) -> None:
    waiting, transactions = [3, 2, 0, 9], set[int | None]()

    async def run_batch(tx: Tx) -> int:
        transactions.add(await tx.value(int, "select txid_current()"))
        return waiting.pop(0)

    assert await run_in_batches(database, run_batch) == 5
    assert len(transactions) == 3
    assert waiting == [9]
