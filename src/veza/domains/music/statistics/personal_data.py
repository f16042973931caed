"""Exports and erases a creator's figures by day.

Listeners have none here. The figures that a listener is part of stay as they are.
"""

from veza.core.ids import UserId
from veza.domains.music.statistics.models import PersonalStatistics
from veza.domains.music.statistics.queries import personal_data as queries
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("artist_days", "artist_referrers", "seller_days", "track_days", "track_referrers")


async def export(conn: Conn, user_id: UserId) -> PersonalStatistics:
    """Return a creator's figures by day, as the reports show them."""
    return PersonalStatistics(
        await queries.list_days(conn, user_id),
        await queries.list_track_days(conn, user_id),
        await queries.list_referrers(conn, user_id),
        await queries.list_sales(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a creator's figures."""
    await queries.delete_statistics(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the figures of a page to another profile; those of one day are added."""
    await queries.update_artist(tx, user_id, into_id)
