"""Changed feeds are noted by triggers of shows and episodes and by events, and read by a worker."""

from collections.abc import Sequence

from veza.core.ids import ShowId, TrackId, UserId
from veza.core.visibility import active, public
from veza.domains.shows.models.hubs import ChangedFeed
from veza.infra.postgres.database import Conn, Tx


async def insert_changed_by(tx: Tx, track_id: TrackId) -> None:
    """Note the feed that has a track, if one has it."""
    sql = "insert into changed_feeds (show_id) select show_id from episodes where track_id = $1"
    await tx.run(sql, track_id)


async def insert_changed_of(tx: Tx, owner_id: UserId) -> None:
    """Note all feeds of a profile."""
    sql = "insert into changed_feeds (show_id) select id from shows where owner_id = $1"
    await tx.run(sql, owner_id)


async def take_changed(tx: Tx, *, limit: int) -> list[ShowId]:
    """Take the next notes, the oldest first; return one id for each.

    What another transaction is taking is left out.
    """
    sql = f"""
        delete from changed_feeds
         where id in (
                   select id
                     from changed_feeds
                    order by id
                    limit {limit:d}
                      for update skip locked
               )
        returning show_id
    """
    return await tx.column(ShowId, sql)


async def list_feeds(conn: Conn, show_ids: Sequence[ShowId]) -> list[ChangedFeed]:
    """Return the feeds of those shows that are not deleted."""
    sql = f"""
        select s.id as show_id, s.is_announced, {public("s")} and {active("u")} as is_public
          from shows s
          join users u on u.id = s.owner_id
         where s.id = any($1)
         order by s.id
    """
    return await conn.every(ChangedFeed, sql, list(show_ids))


async def update_announced(tx: Tx, show_ids: Sequence[ShowId]) -> None:
    """Store that hubs were notified of feeds for the first time, or for the last."""
    if show_ids:
        sql = "update shows set is_announced = not is_announced where id = any($1)"
        await tx.run(sql, list(show_ids))
