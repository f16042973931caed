"""Announces, keeps and expires streams, stores viewer counts, and ends stream keys."""

import asyncio

from veza.core.ids import UserId
from veza.domains.live.queries import guests, keys, stored_streams
from veza.domains.live.rules.rewinding import RewindBounds
from veza.domains.live.service import plans, publishing, rewinding, viewing
from veza.domains.live.service.context import LiveContext
from veza.domains.profiles.events import ProfileClaimed, ProfileManagementEnded
from veza.infra.postgres.database import Database, Tx

# How often the worker looks for lost encoders.
EXPIRE_INTERVAL_S = 3.0
# How often it keeps what was sent for who goes back: the ingest has a minute of it.
REWIND_INTERVAL_S = 5.0
# How often it looks for streams whose sound it encodes a second time.
LADDER_INTERVAL_S = 1.0


async def expire_streams(database: Database, context: LiveContext) -> None:
    """Expire streams without a connected encoder, and store viewer counts.

    It may run twice, and on several nodes at once.
    """
    async with database.transaction() as tx:
        expired = await publishing.expire_streams(tx)
    await viewing.save_viewer_counts(database, context, expired)


async def keep_windows(database: Database, context: LiveContext, bounds: RewindBounds) -> None:
    """Keep the last minutes of streams whose ingest is on this machine, and delete older ones."""
    async with database.read() as conn:
        on_air = await stored_streams.list_media_on_air(conn)
    names = {str(each) for each in on_air}
    await asyncio.to_thread(
        rewinding.keep_windows, context.folder, context.rewind_folder, names, bounds
    )


async def announce_plans(database: Database) -> None:
    """Cancel planned streams that never began, and emit which ones begin soon.

    It may run twice: a reminder is taken once.
    """
    while True:
        async with database.transaction() as tx:
            if not await plans.expire_plans(tx):
                break
    async with database.transaction(recorded=False) as tx:
        await plans.announce_due(tx)


async def forget_guests(database: Database) -> None:
    """Delete the rows of members whose password has to be entered again. It may run twice."""
    while True:
        async with database.transaction(recorded=False) as tx:
            if not await guests.delete_expired(tx):
                return


async def end_key(tx: Tx, event: ProfileClaimed | ProfileManagementEnded) -> None:
    """Delete the stream key of a page that somebody knows who doesn't manage it any more.

    Who manages it gets a new one. It may run twice.
    """
    await keys.delete_key(tx, UserId(event.profile_id))
