"""The job that counts plays, likes and sales by day."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

from veza.core.ids import LOWEST_ID
from veza.domains.music.statistics.models import DayRange
from veza.domains.music.statistics.queries import counting, sales
from veza.domains.music.tracks import shared_queries as track_queries
from veza.infra.postgres.database import Conn, Database, Tx

# The rows that one transaction counts, except of an artist or a track that has more.
_SIZE = 5000
_HIGHEST_ID = UUID(int=2**128 - 1)

type _FindEnd = Callable[[Conn, date, UUID, int], Awaitable[UUID | None]]
type _Count = Callable[[Tx, DayRange], Awaitable[None]]

# In this order: artists sum what was counted of their tracks.
_PASSES: tuple[tuple[_FindEnd, tuple[_Count, ...]], ...] = (
    (
        counting.find_end_of_plays,
        (
            counting.lock_played_artists,
            counting.count_plays,
            counting.count_track_referrers,
            counting.count_artist_referrers,
            counting.count_release_listeners,
        ),
    ),
    (counting.find_end_of_likes, (counting.lock_liked_artists, counting.count_likes)),
    (counting.find_end_of_artists, (counting.reset_likes, counting.sum_artists)),
)


async def count_statistics(database: Database, size: int = _SIZE) -> None:
    """Count all open days again, close those before yesterday, and delete their plays.

    It may be killed at any time and run twice at once: each transaction locks the progress, counts
    part of a day from all of its rows, and writes absolute numbers. A day is closed only after it
    was counted as a whole after its end, and only closed days lose their plays.
    """
    async with database.transaction(recorded=False) as tx:
        days = await counting.lock_progress(tx)
    day = days.open_since
    while day <= days.today:
        if not await _count_day(database, day, size):
            return
        day += timedelta(days=1)
        if day < days.today:
            async with database.transaction(recorded=False) as tx:
                await counting.close_days(tx, day)
    async with database.transaction(recorded=False) as tx:
        await counting.update_counted(tx, days.now)
    await _delete_plays(database)


async def _count_day(database: Database, day: date, size: int) -> bool:
    """Count a day; return False if another job closed it meanwhile."""
    async with database.transaction(recorded=False) as tx:
        if day < (await counting.lock_progress(tx)).open_since:
            return False
        await sales.count_product_sales(tx, day)
        await sales.count_seller_sales(tx, day)
    for find_end, counts in _PASSES:
        after: UUID | None = LOWEST_ID
        while after is not None:
            async with database.transaction(recorded=False) as tx:
                if day < (await counting.lock_progress(tx)).open_since:
                    return False
                end = await find_end(tx, day, after, size)
                for count in counts:
                    await count(tx, DayRange(day, after, end or _HIGHEST_ID))
            after = end
    return True


async def _delete_plays(database: Database) -> None:
    deleted = 1
    while deleted:
        async with database.transaction(recorded=False) as tx:
            progress = await counting.lock_progress(tx)
            deleted = await track_queries.delete_counted_plays(tx, progress.open_since)
