"""Finds public playlists by words, best first, and lists those that may be indexed."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import LOWEST_ID, PlaylistId, UserId
from veza.core.search_query import SearchQuery
from veza.core.visibility import active, blocked, public
from veza.domains.music.playlists.models.playlists import SearchablePlaylist, StoredPlaylist
from veza.domains.music.playlists.queries.records import select_playlists
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import SearchIndex, found_sql
from veza.infra.postgres.where import Where

# Bounded, so that a playlist does not come first because its owner added thousands of tracks. How
# many tracks a smart playlist has is unknown until it is read.
_TRACKS = "least(case when p.rules is null then p.tracks_count else 20 end, 100)"
PLAYLISTS = SearchIndex(
    "playlist",
    "playlist_search",
    f"(select ln(1 + {_TRACKS}) from playlists p where p.id = batch.id)",
)
# More than a page, because some may have been hidden a moment ago.
_RANKED = 200


async def search_playlists(
    conn: Conn, query: SearchQuery, limit: int, *, viewer_id: UserId | None
) -> list[StoredPlaylist]:
    """Return the public playlists that match, best first."""
    where = Where()
    found = found_sql(PLAYLISTS, where, query, max(limit, _RANKED))
    select = select_playlists(where, viewer_id)
    sql = f"""
        {found}
        {select}
          join found on found.id = p.id
         where {public("p")} and {active("u")}
           and not {blocked(where.bind_optional(viewer_id), "p.owner_id")}
         order by found.score desc, found.id desc
         limit {limit:d}
    """
    return await conn.all(StoredPlaylist, sql, *where.values)


async def list_searchable(
    conn: Conn, playlist_ids: Sequence[PlaylistId]
) -> list[SearchablePlaylist]:
    """Return those of the playlists that everybody may see."""
    sql = f"""
        select p.id, p.title, u.username, {_TRACKS} as tracks_count
          from playlists p
          join users u on u.id = p.owner_id
         where p.id = any($1) and {public("p")} and {active("u")}
    """
    return await conn.all(SearchablePlaylist, sql, playlist_ids)


async def list_playlist_ids(
    conn: Conn, owner_id: UserId | None, after: PlaylistId | None
) -> list[PlaylistId]:
    """Return the next 500 playlists of a member or of all, ordered by id."""
    where = Where("id > {}", after or LOWEST_ID)
    where.add_filter("owner_id = {}", owner_id)
    sql = f"select id from playlists {where.sql} order by id limit 500"
    return [PlaylistId(found) for found in await conn.column(UUID, sql, *where.values)]


async def lock_playlists(tx: Tx, playlist_ids: Sequence[PlaylistId]) -> None:
    """Lock playlists in the order of their ids."""
    sql = "select id from playlists where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, playlist_ids)
