"""SQL statements that list members with tracks as artists."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import UserId
from veza.domains.subsonic.models.rows import ArtistRow
from veza.domains.subsonic.queries.conditions import (
    IS_AMONG_PLACED,
    IS_LISTED,
    IS_PLACED,
    PUBLISHED,
)
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# The number of tracks that are albums of their own.
_SINGLES = f"count(*) filter (where not {IS_PLACED})"


def _select(where: Where, viewer_id: UserId) -> str:
    """Return the select list and the tables, with the conditions of who is shown."""
    viewer = where.bind(viewer_id)
    where.add(
        f"""
        u.suspended_at is null
        and u.id <> all (array(
            select b.blocked_id from blocks b where b.blocker_id = {viewer}
             union all
            select b.blocker_id from blocks b where b.blocked_id = {viewer}
        ))
        """
    )
    return f"""
        select u.id, u.username, u.bio, w.followed_at,
               c.singles_count + (select count(*) from releases r
                                   where r.owner_id = u.id and {IS_LISTED}) as albums_count
          from counted c
          join users u on u.id = c.owner_id
          left join follows w on w.followed_id = u.id and w.follower_id = {viewer}
    """


async def list_artists(
    conn: Conn, viewer_id: UserId, *, limit: int, offset: int = 0
) -> list[ArtistRow]:
    """Return a page of the members with public tracks, by name."""
    where = Where()
    select = _select(where, viewer_id)
    sql = f"""
        with counted as (
            select t.owner_id, count(*) filter (where not {IS_AMONG_PLACED}) as singles_count
              from tracks t
             where {PUBLISHED}
             group by t.owner_id
        )
        {select}
        {where.sql}
         order by lower(u.username), u.id
         limit {limit:d} offset {offset:d}
    """
    return await conn.all(ArtistRow, sql, *where.values)


async def list_artists_by_id(
    conn: Conn, viewer_id: UserId, artist_ids: Sequence[UUID]
) -> list[ArtistRow]:
    """Return those of these members that have public tracks, in any order."""
    where = Where()
    select = _select(where, viewer_id)
    sql = f"""
        with counted as (
            select t.owner_id, {_SINGLES} as singles_count
              from tracks t
             where {PUBLISHED}
               and t.owner_id = any({where.bind(list(artist_ids))})
             group by t.owner_id
        )
        {select}
        {where.sql}
    """
    return await conn.all(ArtistRow, sql, *where.values)


async def list_followed(conn: Conn, viewer_id: UserId, limit: int) -> list[ArtistRow]:
    """Return the members with public tracks whom a member follows, the latest first."""
    where = Where()
    select = _select(where, viewer_id)
    sql = f"""
        with counted as (
            select t.owner_id, {_SINGLES} as singles_count
              from follows f
              join tracks t on t.owner_id = f.followed_id
             where f.follower_id = {where.bind(viewer_id)}
               and {PUBLISHED}
             group by t.owner_id
        )
        {select}
        {where.sql}
         order by w.followed_at desc, u.id desc
         limit {limit:d}
    """
    return await conn.all(ArtistRow, sql, *where.values)


async def find_artist_id(conn: Conn, username: str) -> UUID | None:
    sql = "select id from users where lower(username) = lower($1)"
    return await conn.value(UUID, sql, username)


async def find_cover_track(conn: Conn, artist_id: UUID) -> UUID | None:
    """Return the latest public track of an artist that has a cover."""
    sql = """
        select t.id
          from tracks t
         where t.owner_id = $1 and t.has_cover
           and t.visibility = 'public' and t.status = 'ready'
         order by t.created_at desc, t.id desc
         limit 1
    """
    return await conn.value(UUID, sql, artist_id)
