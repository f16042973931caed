"""What the clock does to broadcasts, and what is done from the command line."""

from veza.core.ids import LOWEST_ID, UserId
from veza.domains.live import service
from veza.domains.live.service import LiveContext
from veza.domains.live.stream_keys import reseal_batch
from veza.infra.postgres.database import Database

# How often to look for encoders that fell silent.
EXPIRE_INTERVAL_S = 3.0


async def expire_streams(database: Database, station: LiveContext) -> None:
    """Take those off the air whose encoder is lost, and end those that didn't come back.

    It may run twice, and on several nodes at once: whoever comes second finds nothing to do.
    """
    async with database.transaction() as tx:
        aged = await service.expire_streams(tx)
    await service.save_viewer_counts(database, station, aged)


async def reseal_keys(database: Database, station: LiveContext) -> int:
    """Seal all stream keys by the newest key; tell how many there were to do."""
    count, after = 0, UserId(LOWEST_ID)
    while True:
        async with database.transaction() as tx:
            done = await reseal_batch(tx, station.sealing, after)
        if not done:
            return count
        count += len(done)
        after = done[-1].user_id
