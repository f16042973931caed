"""Only public shows are found; their index is updated under the caller's lock."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.ids import ShowId, UserId
from veza.core.search_query import make_query
from veza.core.search_text import parse_search
from veza.core.signed_urls import UrlBuilder
from veza.domains.shows.models.shows import Show
from veza.domains.shows.queries import search
from veza.domains.shows.rules import shows as rules
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_documents, list_spellings, store_documents


async def search_shows(
    conn: Conn, text: str, limit: int, *, viewer: Member | None, urls: UrlBuilder
) -> list[Show]:
    """Find public shows by title, owner and description, best first."""
    wanted = parse_search(text)
    spellings = await list_spellings(conn, [search.SHOWS], wanted)
    query = make_query(wanted, spellings[search.SHOWS.kind])
    if query is None:
        return []
    found = await search.search_shows(conn, query, limit, viewer_id=viewer and viewer.id)
    return [rules.show_show(show, urls) for show in found]


async def index_shows(tx: Tx, show_ids: Sequence[ShowId]) -> None:
    """Update what shows are found by; the caller has locked them."""
    found = await search.list_searchable(tx, show_ids)
    await store_documents(tx, search.SHOWS, [rules.index_show(each) for each in found])
    hidden = set(show_ids).difference(show.id for show in found)
    if hidden:
        await delete_documents(tx, search.SHOWS, list(hidden))


async def index_batch(tx: Tx, owner_id: UserId | None, after: ShowId | None) -> list[ShowId]:
    """Index the next shows of a profile, or of all, ordered by id; return them."""
    show_ids = await search.list_show_ids(tx, owner_id, after)
    # A separate statement, because the next one must see all commits before the lock.
    await search.lock_shows(tx, show_ids)
    await index_shows(tx, show_ids)
    return show_ids
