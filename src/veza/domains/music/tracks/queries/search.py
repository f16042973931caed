"""Finds public tracks, and artists, by words, best first."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import LOWEST_ID, TrackId, UserId
from veza.core.people import person_columns
from veza.core.search_query import SearchQuery
from veza.core.visibility import active, blocked, wanted_track
from veza.domains.music.credits.shared_queries import names_on_track
from veza.domains.music.tracks.models.lists import (
    FoundArtist,
    SearchableArtist,
    SearchableTrack,
    TrackQuery,
)
from veza.domains.music.tracks.models.tracks import StoredTrack
from veza.domains.music.tracks.queries.tracks import COLUMNS, IS_PUBLISHED, liked_column
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import SearchIndex, found_sql
from veza.infra.postgres.where import Where

TRACKS = SearchIndex(
    "track", "track_search", "ln(1 + (select t.plays_count from tracks t where t.id = batch.id))"
)
ARTISTS = SearchIndex(
    "artist",
    "artist_search",
    f"""ln(1 + (select coalesce(sum(t.plays_count), 0) from tracks t
                 where t.owner_id = batch.id and {IS_PUBLISHED}))""",
)
# More than a page, because some may have been hidden a moment ago.
_RANKED = 200
# True if the member or page `u`, with `follow_counts c`, is found without public tracks.
_IS_KNOWN = """
    (u.page_kind is not null or u.display_name is not null and coalesce(c.followers_count, 0) > 0)
"""
_HAS_TRACKS = f"exists (select from tracks t where t.owner_id = u.id and {IS_PUBLISHED})"


async def search_tracks(
    conn: Conn, query: SearchQuery, listed: TrackQuery, *, viewer_id: UserId | None
) -> list[StoredTrack]:
    """Return the public tracks that match, best first; of a list's query, limit and `ai` count."""
    where = Where()
    limit = listed.limit
    where.add(IS_PUBLISHED)
    where.add(wanted_track("t", where.bind_optional(viewer_id)))
    where.add_filter("t.ai = {}", listed.ai)
    found = found_sql(TRACKS, where, query, max(limit, _RANKED))
    sql = f"""
        {found}
        select {COLUMNS}, {liked_column(where, viewer_id)}
          from found
          join tracks t on t.id = found.id
          join users u on u.id = t.owner_id
        {where.sql} and {_is_shown(where, viewer_id)}
         order by found.score desc, found.id desc
         limit {limit:d}
    """
    return await conn.all(StoredTrack, sql, *where.values)


async def search_artists(
    conn: Conn, query: SearchQuery, limit: int, *, viewer_id: UserId | None
) -> list[FoundArtist]:
    """Return the artists that match, best first: see `list_artists`."""
    where = Where()
    found = found_sql(ARTISTS, where, query, max(limit, _RANKED))
    sql = f"""
        {found}
        select {person_columns("u")}, coalesce(c.followers_count, 0) as followers_count
          from found
          join users u on u.id = found.id
          left join follow_counts c on c.user_id = u.id
         where {_is_shown(where, viewer_id)}
           and ({_IS_KNOWN} or {_HAS_TRACKS})
         order by found.score desc, found.id desc
         limit {limit:d}
    """
    return await conn.all(FoundArtist, sql, *where.values)


def _is_shown(where: Where, viewer_id: UserId | None) -> str:
    """Return the condition that `u` is not suspended, and not blocked in either direction."""
    return f"{active('u')} and not {blocked(where.bind_optional(viewer_id), 'u.id')}"


async def list_searchable(conn: Conn, track_ids: Sequence[TrackId]) -> list[SearchableTrack]:
    """Return those of the tracks that everybody may see."""
    sql = f"""
        select t.id, t.owner_id, u.username,
               coalesce(u.display_name, u.username) as display_name,
               t.title, t.artist_name, {names_on_track("t")}, t.genre, t.tags, t.plays_count
          from tracks t
          join users u on u.id = t.owner_id
         where t.id = any($1) and {IS_PUBLISHED} and {active("u")}
    """
    return await conn.all(SearchableTrack, sql, track_ids)


async def list_track_ids(
    conn: Conn, owner_id: UserId | None, after: TrackId | None
) -> list[TrackId]:
    """Return the next 500 tracks of a member or of all, ordered by id."""
    where = Where()
    where.add("id > {}", after or LOWEST_ID)
    if owner_id is not None:
        where.add("owner_id = {}", owner_id)
    sql = f"select id from tracks {where.sql} order by id limit 500"
    return [TrackId(found) for found in await conn.column(UUID, sql, *where.values)]


async def list_artists(
    tx: Tx, user_id: UserId | None, after: UserId | None
) -> list[SearchableArtist]:
    """Lock and return the next 500 artists, a member or of all, ordered by id.

    They are pages, and people with a display name whom somebody follows, besides those with public
    tracks, who are indexed with these.
    """
    where = Where()
    where.add("u.id > {}", after or LOWEST_ID)
    where.add(_IS_KNOWN)
    where.add(active("u"))
    where.add_filter("u.id = {}", user_id)
    sql = f"""
        select u.id, u.username, coalesce(u.display_name, u.username) as display_name
          from users u
          left join follow_counts c on c.user_id = u.id
        {where.sql}
         order by u.id
         limit 500
           for share of u
    """
    return await tx.all(SearchableArtist, sql, *where.values)


async def has_artist(conn: Conn, user_id: UserId) -> bool:
    """Return whether an artist is indexed."""
    return bool(await conn.value(bool, "select true from artist_search where id = $1", user_id))


async def delete_unknown_artists(tx: Tx) -> None:
    """Delete those from the index who are not found any more."""
    sql = f"""
        delete from artist_search a
         where not exists (select from users u
                             left join follow_counts c on c.user_id = u.id
                            where u.id = a.id and ({_IS_KNOWN} or {_HAS_TRACKS}))
    """
    await tx.run(sql)
