"""Only public releases are found; their index is updated under the caller's lock."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.ids import ReleaseId, UserId
from veza.core.search_query import make_query
from veza.core.search_text import parse_search
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.releases import rules
from veza.domains.music.releases.models.releases import Release
from veza.domains.music.releases.queries import search
from veza.domains.music.releases.service.responses import show_release
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_documents, list_spellings, store_documents


async def search_releases(
    conn: Conn, text: str, limit: int, *, viewer: Member | None, urls: UrlBuilder
) -> list[Release]:
    """Find public releases by title, displayed artist, genre and tags, best first."""
    wanted = parse_search(text)
    spellings = await list_spellings(conn, [search.RELEASES], wanted)
    query = make_query(wanted, spellings[search.RELEASES.kind])
    if query is None:
        return []
    found = await search.search_releases(conn, query, limit, viewer_id=viewer and viewer.id)
    return [show_release(release, urls) for release in found]


async def index_releases(tx: Tx, release_ids: Sequence[ReleaseId]) -> None:
    """Update what releases are found by; the caller has locked them."""
    found = await search.list_searchable(tx, release_ids)
    await store_documents(tx, search.RELEASES, [rules.index_release(each) for each in found])
    hidden = set(release_ids).difference(release.id for release in found)
    if hidden:
        await delete_documents(tx, search.RELEASES, list(hidden))


async def index_batch(tx: Tx, owner_id: UserId | None, after: ReleaseId | None) -> list[ReleaseId]:
    """Index the next releases of a member, or of all, ordered by id; return them."""
    release_ids = await search.list_release_ids(tx, owner_id, after)
    # A separate statement, because the next one must see all commits before the lock.
    await search.lock_releases(tx, release_ids)
    await index_releases(tx, release_ids)
    return release_ids
