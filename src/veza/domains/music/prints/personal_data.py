"""Exports which tracks have a print; erasing keeps those of what was taken down, nameless."""

from veza.core.ids import TrackId, UserId
from veza.domains.music.prints import queries, service
from veza.infra.postgres.database import Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("track_prints",)

export = queries.list_prints_of


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the prints of a member's tracks, while it is known which were taken down."""
    last: TrackId | None = None
    while found := await queries.list_of(tx, user_id, last):
        await service.forget(tx, found)
        last = found[-1]
