"""Finds public releases by words, best first, and lists those that may be indexed."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import LOWEST_ID, ReleaseId, UserId
from veza.core.search_query import SearchQuery
from veza.core.visibility import active, blocked, wanted_release
from veza.domains.music.credits.shared_queries import names_on_release
from veza.domains.music.releases.models.releases import SearchableRelease, StoredRelease
from veza.domains.music.releases.queries.releases import IS_LISTED, select_columns
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import SearchIndex, found_sql
from veza.infra.postgres.where import Where

_PLAYS = """
    coalesce((select sum(t.plays_count)
                from release_tracks e
                join tracks t on t.id = e.track_id
               where e.release_id = {}), 0)
"""
RELEASES = SearchIndex("release", "release_search", f"ln(1 + {_PLAYS.format('batch.id')})")
# More than a page, because some may have been hidden a moment ago.
_RANKED = 200


async def search_releases(
    conn: Conn, query: SearchQuery, limit: int, *, viewer_id: UserId | None
) -> list[StoredRelease]:
    """Return the public releases that match, best first."""
    where = Where()
    viewer = where.bind_optional(viewer_id)
    found = found_sql(RELEASES, where, query, max(limit, _RANKED))
    sql = f"""
        {found}
        select {select_columns(where, viewer_id)}
          from found
          join releases r on r.id = found.id
          join users u on u.id = r.owner_id
         where {IS_LISTED} and {active("u")}
           and not {blocked(viewer, "r.owner_id")} and {wanted_release("r", viewer)}
         order by found.score desc, found.id desc
         limit {limit:d}
    """
    return await conn.all(StoredRelease, sql, *where.values)


async def list_searchable(conn: Conn, release_ids: Sequence[ReleaseId]) -> list[SearchableRelease]:
    """Return those of the releases that everybody may see."""
    sql = f"""
        select r.id, r.title, coalesce(r.artist_name, u.username) as artist_name,
               {names_on_release("r")}, r.genre, r.tags,
               {_PLAYS.format("r.id")}::bigint as plays_count
          from releases r
          join users u on u.id = r.owner_id
         where r.id = any($1) and {IS_LISTED} and {active("u")}
    """
    return await conn.all(SearchableRelease, sql, release_ids)


async def list_release_ids(
    conn: Conn, owner_id: UserId | None, after: ReleaseId | None
) -> list[ReleaseId]:
    """Return the next 500 releases of a member or of all, ordered by id."""
    where = Where("id > {}", after or LOWEST_ID)
    where.add_filter("owner_id = {}", owner_id)
    sql = f"select id from releases {where.sql} order by id limit 500"
    return [ReleaseId(found) for found in await conn.column(UUID, sql, *where.values)]


async def lock_releases(tx: Tx, release_ids: Sequence[ReleaseId]) -> None:
    """Lock releases in the order of their ids."""
    sql = "select id from releases where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, release_ids)
