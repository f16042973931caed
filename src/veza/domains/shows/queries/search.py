"""Finds public shows by words, best first, and lists those that may be indexed."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import LOWEST_ID, ShowId, UserId
from veza.core.search_query import SearchQuery
from veza.core.visibility import active, blocked, public, wanted_show
from veza.domains.shows.models.shows import SearchableShow, StoredShow
from veza.domains.shows.queries.shows import select_shows
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import SearchIndex, found_sql
from veza.infra.postgres.where import Where


def _episodes(show_id: str) -> str:
    """Return the SQL of the number of published episodes of a show, up to 100."""
    return f"""
        (select count(*)
           from (select from episodes e where e.show_id = {show_id} and not e.is_planned
                  limit 100) listed)
    """


SHOWS = SearchIndex("show", "show_search", f"(select ln(1 + {_episodes('batch.id')}))")
# More than a page, because some may have been hidden a moment ago.
_RANKED = 200


async def search_shows(
    conn: Conn, query: SearchQuery, limit: int, *, viewer_id: UserId | None
) -> list[StoredShow]:
    """Return the public shows that match and that the viewer wants, best first."""
    where = Where()
    found = found_sql(SHOWS, where, query, max(limit, _RANKED))
    viewer = where.bind_optional(viewer_id)
    sql = f"""
        {found}
        {select_shows(viewer)}
          join found on found.id = s.id
         where {public("s")} and {active("u")} and not {blocked(viewer, "s.owner_id")}
           and {wanted_show("s", viewer)}
         order by found.score desc, found.id desc
         limit {limit:d}
    """
    return await conn.all(StoredShow, sql, *where.values)


async def list_searchable(conn: Conn, show_ids: Sequence[ShowId]) -> list[SearchableShow]:
    """Return those of the shows that everybody may see."""
    sql = f"""
        select s.id, s.title, u.username, s.description,
               {_episodes("s.id")} as episodes_count
          from shows s
          join users u on u.id = s.owner_id
         where s.id = any($1) and {public("s")} and {active("u")}
    """
    return await conn.all(SearchableShow, sql, show_ids)


async def list_show_ids(conn: Conn, owner_id: UserId | None, after: ShowId | None) -> list[ShowId]:
    """Return the next 500 shows of a profile or of all, ordered by id."""
    where = Where("id > {}", after or LOWEST_ID)
    where.add_filter("owner_id = {}", owner_id)
    sql = f"select id from shows {where.sql} order by id limit 500"
    return await conn.column(ShowId, sql, *where.values)


async def lock_shows(tx: Tx, show_ids: Sequence[ShowId]) -> None:
    """Lock shows in the order of their ids."""
    sql = "select id from shows where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, show_ids)
