"""Only public playlists are found; their index is updated under the caller's lock."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.ids import PlaylistId, UserId
from veza.core.search_query import make_query
from veza.core.search_text import parse_search
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.playlists import rules
from veza.domains.music.playlists.models.playlists import Playlist
from veza.domains.music.playlists.queries import search
from veza.domains.music.playlists.service.responses import show_playlists
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_documents, list_spellings, store_documents


async def search_playlists(
    conn: Conn, text: str, limit: int, *, viewer: Member | None, urls: UrlBuilder
) -> list[Playlist]:
    """Find public playlists by title and owner, best first."""
    wanted = parse_search(text)
    spellings = await list_spellings(conn, [search.PLAYLISTS], wanted)
    query = make_query(wanted, spellings[search.PLAYLISTS.kind])
    if query is None:
        return []
    found = await search.search_playlists(conn, query, limit, viewer_id=viewer and viewer.id)
    return await show_playlists(conn, found, viewer, urls)


async def index_playlists(tx: Tx, playlist_ids: Sequence[PlaylistId]) -> None:
    """Update what playlists are found by; the caller has locked them."""
    found = await search.list_searchable(tx, playlist_ids)
    await store_documents(tx, search.PLAYLISTS, [rules.index_playlist(each) for each in found])
    hidden = set(playlist_ids).difference(playlist.id for playlist in found)
    if hidden:
        await delete_documents(tx, search.PLAYLISTS, list(hidden))


async def index_batch(
    tx: Tx, owner_id: UserId | None, after: PlaylistId | None
) -> list[PlaylistId]:
    """Index the next playlists of a member, or of all, ordered by id; return them."""
    playlist_ids = await search.list_playlist_ids(tx, owner_id, after)
    # A separate statement, because the next one must see all commits before the lock.
    await search.lock_playlists(tx, playlist_ids)
    await index_playlists(tx, playlist_ids)
    return playlist_ids
