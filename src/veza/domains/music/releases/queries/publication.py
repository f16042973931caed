"""A scheduled release is made public once; its first time with tracks is stored once."""

from datetime import datetime

from veza.core.ids import ReleaseId, UserId
from veza.core.visibility import listed_release, taken_down
from veza.domains.music.releases.models.releases import DueRelease
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def find_owner(conn: Conn, release_id: ReleaseId) -> UserId | None:
    found = await conn.value(UserId, "select owner_id from releases where id = $1", release_id)
    return None if found is None else UserId(found)


async def list_due(
    conn: Conn, moment: datetime, *, after: DueRelease | None, limit: int
) -> list[DueRelease]:
    """Return releases that are due at a moment, the longest due first."""
    where = Where(f"publish_at <= {{}} and not {taken_down('releases')}", moment)
    if after is not None:
        where.add("(publish_at, id) > ({}, {})", after.publish_at, after.id)
    sql = f"""
        select id, publish_at
          from releases
        {where.sql}
         order by publish_at, id
         limit {limit:d}
    """
    return await conn.all(DueRelease, sql, *where.values)


async def update_public(tx: Tx, release_id: ReleaseId) -> None:
    """Make a release public that was scheduled."""
    sql = """
        update releases
           set visibility = 'public', publish_at = null, updated_at = now()
         where id = $1
    """
    await tx.run(sql, release_id)


async def update_published(tx: Tx, release_id: ReleaseId) -> bool:
    """Store when a release was first public with tracks; return False if it was before."""
    sql = f"""
        update releases
           set published_at = now()
         where id = $1 and published_at is null and {listed_release("releases")}
    """
    return await tx.run(sql, release_id) == 1
