"""Lists of streams that a viewer sees: the public ones, and those for some people alone.

Others, who go live for an audience that the viewer is not in, must not make a list slow: of the
streams for some people alone, the first 500 that match are looked at.
"""

from veza.core.ids import UserId
from veza.core.stream_audiences import listed_stream, open_stream
from veza.core.visibility import active
from veza.domains.live.models.plans import UpcomingQuery
from veza.domains.live.models.stored_streams import StoredStream, StreamQuery
from veza.domains.live.queries.stored_streams import select_streams
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where


async def list_streams(conn: Conn, query: StreamQuery) -> list[StoredStream]:
    """Return visible streams, newest first: up to the limit plus 1."""
    where = Where("s.is_announced and s.status <> 'cancelled' and not s.is_taken_down")
    if query.is_live is not None:
        where.add("s.is_live" if query.is_live else "not s.is_live")
    where.add_filter("s.category_key = {}", query.category_key)
    where.add_filter("s.tag_keys @> array[{}]", query.tag_key)
    where.add_cursor("s.listed_at, s.id", query.cursor)
    sql = _select_listed(where, query.viewer_id, "s.listed_at desc, s.id desc", query.limit)
    return await conn.all(StoredStream, sql, *where.values)


async def list_upcoming(conn: Conn, query: UpcomingQuery) -> list[StoredStream]:
    """Return planned streams that a viewer sees, the next one first: up to the limit plus 1."""
    where = Where(
        "s.status = 'draft' and s.starts_at is not null and s.is_announced and not s.is_taken_down"
    )
    where.add_filter("s.owner_id = {}", query.owner_id)
    if query.cursor is not None:
        after = query.cursor
        where.add("(s.starts_at, s.id) > ({}, {})", after.created_at, after.id)
    sql = _select_listed(where, query.viewer_id, "s.starts_at, s.id", query.limit)
    return await conn.all(StoredStream, sql, *where.values)


def _select_listed(where: Where, viewer_id: UserId | None, order: str, limit: int) -> str:
    """Return the statement of the first streams of active owners that a viewer sees."""
    first = f"order by {order} limit {limit + 1:d}"
    public = f"{where.sql} and s.audience = 'public' and {active('u')}"
    if viewer_id is None:
        return f"{select_streams(open_stream('s'))} {public} {first}"
    viewer = f"{where.bind(viewer_id)}::uuid"
    return f"""
        with scanned as materialized (
            select s.id, s.owner_id, s.audience, s.tier_id, s.product_id, s.password_version,
                   s.listed_at, s.starts_at
              from streams s
             {where.sql} and s.audience in ('followers', 'members', 'buyers', 'named')
             order by {order}
             limit 500
        ), shown as (
            (select s.id from streams s join users u on u.id = s.owner_id {public} {first})
             union all
            (select s.id
               from scanned s
               join users u on u.id = s.owner_id
              where {active("u")} and {listed_stream("s", viewer)}
              {first})
        )
        {select_streams(open_stream("s"), viewer)} where s.id in (select id from shown) {first}
    """
