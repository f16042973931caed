"""Lists releases that the viewer may see, in one of several orders or at random.

The rows of a page are found by their ids first, in an index that has the order of the list.
"""

from collections.abc import Sequence
from datetime import MAXYEAR, MINYEAR, date

from veza.core.genres import normalize_genre
from veza.core.ids import ReleaseId, UserId
from veza.core.visibility import blocked_ids, suspended_ids, wanted_release
from veza.domains.music.releases.models.releases import ReleaseOrder, ReleaseQuery, StoredRelease
from veza.domains.music.releases.queries.releases import IS_LISTED, select_columns
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

_ORDERS = {
    ReleaseOrder.NEWEST: "r.listed_at desc, r.id desc",
    ReleaseOrder.TITLE: "lower(r.title), r.id",
    ReleaseOrder.ARTIST: "r.artist_key, lower(r.title), r.id",
    ReleaseOrder.OLDEST_DATE: "r.release_date, r.id",
    ReleaseOrder.LATEST_DATE: "r.release_date desc, r.id desc",
}
# Few members are suspended or blocked: their ids are read once. With `not exists` the planner may
# expect that hardly any row is left, and sort all rows rather than read an index in its order.
_OWNER_IS_SHOWN = f"r.owner_id <> all(array({suspended_ids()}))"


async def list_releases(
    conn: Conn, query: ReleaseQuery, viewer_id: UserId | None
) -> list[StoredRelease]:
    """Return a page, and the first row of the next page."""
    where = Where()
    order = _ORDERS[query.order]
    _add_visibility(where, query, viewer_id)
    _add_filters(where, query)
    sql = f"""
        with page as materialized (
            select r.id
              from releases r
            {where.sql}
             order by {order}
             limit {query.limit + 1:d} offset {query.offset:d}
        )
        select {select_columns(where, viewer_id)}
          from page
          join releases r on r.id = page.id
          join users u on u.id = r.owner_id
         order by {order}
    """
    return await conn.all(StoredRelease, sql, *where.values)


async def list_releases_by_id(
    conn: Conn, release_ids: Sequence[ReleaseId], viewer_id: UserId | None
) -> list[StoredRelease]:
    where = Where()
    columns = select_columns(where, viewer_id)
    where.add("r.id = any({})", list(release_ids))
    sql = f"select {columns} from releases r join users u on u.id = r.owner_id {where.sql}"
    return await conn.all(StoredRelease, sql, *where.values)


async def list_at_random(
    conn: Conn, query: ReleaseQuery, start: float, viewer_id: UserId | None
) -> list[StoredRelease]:
    """Return releases by their random key, from `start` (0 to 1) on; after the last, the first."""
    where = Where()
    _add_visibility(where, query, viewer_id)
    _add_filters(where, query)
    start_at = where.bind(start)
    halves = [
        f"""(select r.id, {wrapped} as wrapped, r.random_key
               from releases r
             {where.sql} and r.random_key {side} {start_at}
              order by r.random_key, r.id
              limit {query.limit:d})
        """
        for wrapped, side in (("false", ">="), ("true", "<"))
    ]
    sql = f"""
        with page as materialized (
            select h.id
              from ({" union all ".join(halves)}) h
             order by h.wrapped, h.random_key, h.id
             limit {query.limit:d}
        )
        select {select_columns(where, viewer_id)}
          from page
          join releases r on r.id = page.id
          join users u on u.id = r.owner_id
    """
    return await conn.all(StoredRelease, sql, *where.values)


def _add_visibility(where: Where, query: ReleaseQuery, viewer_id: UserId | None) -> None:
    if query.of_owner is not None:
        where.add("r.owner_id = {}", query.of_owner)
        if query.of_owner == viewer_id:
            return
    where.add(IS_LISTED)
    where.add(_OWNER_IS_SHOWN)
    viewer = where.bind_optional(viewer_id)
    where.add(wanted_release("r", viewer))
    if viewer is not None:
        where.add(f"r.owner_id <> all(array({blocked_ids(viewer)}))")


def _add_filters(where: Where, query: ReleaseQuery) -> None:
    where.add_filter("r.kind = {}", query.kind)
    if query.genre is not None:
        where.add("r.genre = {}", normalize_genre(query.genre))
    where.add_filter("r.owner_id = any({})", query.owner_ids)
    where.add_cursor("r.listed_at, r.id", query.cursor)
    if query.order in {ReleaseOrder.OLDEST_DATE, ReleaseOrder.LATEST_DATE}:
        where.add("r.release_date is not null")
    if query.from_year is not None:
        where.add("r.release_date >= {}", date(_clamp(query.from_year), 1, 1))
    if query.to_year is not None:
        where.add("r.release_date <= {}", date(_clamp(query.to_year), 12, 31))


def _clamp(year: int) -> int:
    return min(max(year, MINYEAR), MAXYEAR)
