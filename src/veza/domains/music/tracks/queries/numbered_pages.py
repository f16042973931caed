"""Numbered pages of tracks skip up to 10,000 rows.

The rows of the page are found by their ids first, in an index alone, and only then read and joined.
"""

from veza.core.ids import UserId
from veza.core.visibility import suspended, wanted_track
from veza.domains.music.tracks.models.lists import SortOrder, TrackQuery, TrackSort
from veza.domains.music.tracks.models.tracks import StoredTrack
from veza.domains.music.tracks.queries.tracks import (
    COLUMNS,
    IS_PUBLISHED,
    SORT_KEY,
    add_filters,
    liked_column,
)
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# Few members are suspended: their ids are read once.
_IS_LISTED = f"""
    {IS_PUBLISHED}
    and not exists (select from users h where h.id = t.owner_id and {suspended("h")})
"""


async def list_tracks(conn: Conn, query: TrackQuery, viewer_id: UserId | None) -> list[StoredTrack]:
    """Return a page, and the first row of the next page."""
    where = Where()
    key = SORT_KEY[query.sort]
    direction = "asc" if query.order is SortOrder.ASC else "desc"
    sort_value = "null" if query.sort is TrackSort.CREATED_AT else key
    viewer = where.bind_optional(viewer_id)
    listed = f"{_IS_LISTED} and {wanted_track('t', viewer)}"
    sources = [_select_ids(where, query, listed, key=key, direction=direction)]
    if viewer is not None:
        own = f"t.owner_id = {viewer} and not ({_IS_LISTED})"
        sources.append(_select_ids(where, query, own, key=key, direction=direction))
    sql = f"""
        with page as materialized (
            select found.id
              from ({" union all ".join(sources)}) found
             order by found.key {direction}, found.id {direction}
             limit {query.limit + 1:d} offset {query.offset:d}
        )
        select {COLUMNS}, {liked_column(where, viewer_id)}, {sort_value} as sort_value
          from page
          join tracks t on t.id = page.id
          join users u on u.id = t.owner_id
         order by {key} {direction}, t.id {direction}
    """
    return await conn.all(StoredTrack, sql, *where.values)


def _select_ids(
    values: Where, query: TrackQuery, condition: str, *, key: str, direction: str
) -> str:
    where = Where()
    # The placeholders of both sources count on.
    where.values = values.values
    where.add(condition)
    add_filters(where, query, key)
    return f"""
        (select t.id, {key} as key
           from tracks t
         {where.sql}
          order by {key} {direction}, t.id {direction}
          limit {query.offset + query.limit + 1:d})
    """
