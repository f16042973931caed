"""Use cases of playlists: create, show, list, change and delete them."""

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import PlaylistId, new_id
from veza.core.pages import Cursor, cut
from veza.domains.music.playlists import queries, rules
from veza.domains.music.playlists.errors import (
    NotAnEditor,
    PlaylistNotFound,
    TooManyPlaylists,
)
from veza.domains.music.playlists.models import (
    MAX_PLAYLISTS,
    Playlist,
    PlaylistChange,
    PlaylistForm,
    PlaylistPage,
    PlaylistQuery,
    StoredPlaylist,
)
from veza.domains.relationships import service as relationships
from veza.infra.postgres.database import Conn, Tx


async def create_playlist(tx: Tx, owner: Member, form: PlaylistForm) -> Playlist:
    """Create an empty playlist. Raises TooManyPlaylists."""
    form = rules.clean(form)
    if not await queries.lock_owner(tx, owner.id):
        # The token outlived the account.
        raise Unauthenticated
    if await queries.count_playlists(tx, owner.id) >= MAX_PLAYLISTS:
        raise TooManyPlaylists
    playlist_id = PlaylistId(new_id())
    await queries.insert_playlist(tx, playlist_id, owner.id, form)
    return await get_playlist(tx, playlist_id, owner)


async def get_playlist(conn: Conn, playlist_id: PlaylistId, viewer: Member | None) -> Playlist:
    """Return a playlist. Raises PlaylistNotFound."""
    return rules.show_playlist(await find_visible(conn, playlist_id, viewer))


async def list_playlists(conn: Conn, query: PlaylistQuery, viewer: Member | None) -> PlaylistPage:
    """Return a page of playlists, newest first."""
    found = await queries.list_playlists(conn, query, viewer and viewer.id)
    page, next_cursor = cut(found, query.limit, lambda one: Cursor(one.created_at, one.id))
    shown = [rules.show_playlist(playlist) for playlist in page]
    return PlaylistPage(shown, next_cursor, next_cursor is not None)


async def list_playlists_of(
    conn: Conn, username: str, query: PlaylistQuery, viewer: Member | None
) -> PlaylistPage:
    """Return a page of a member's public playlists. Raises UserNotFound."""
    owner_id = await relationships.find_visible_id(conn, username, viewer)
    return await list_playlists(conn, structs.replace(query, owner_id=owner_id), viewer)


async def update_playlist(
    tx: Tx, playlist_id: PlaylistId, member: Member, change: PlaylistChange
) -> Playlist:
    """Change the metadata of a playlist of the caller."""
    playlist = await lock_own(tx, playlist_id, member)
    await queries.update_playlist(tx, playlist_id, rules.clean(rules.merge(playlist, change)))
    return await get_playlist(tx, playlist_id, member)


async def delete_playlist(tx: Tx, playlist_id: PlaylistId, member: Member) -> None:
    """Delete a playlist of the caller. Its tracks stay."""
    await lock_own(tx, playlist_id, member)
    await queries.delete_playlist(tx, playlist_id)


async def find_visible(
    conn: Conn, playlist_id: PlaylistId, viewer: Member | None
) -> StoredPlaylist:
    """Return a playlist that the viewer may see. Raises PlaylistNotFound."""
    playlist = await queries.find_playlist(conn, playlist_id, viewer and viewer.id)
    if playlist is None or not rules.can_see(playlist):
        raise PlaylistNotFound
    return playlist


async def lock_visible(tx: Tx, playlist_id: PlaylistId, member: Member) -> StoredPlaylist:
    """Lock and return a playlist that the member may see. Raises PlaylistNotFound."""
    playlist = await queries.lock_playlist(tx, playlist_id, member.id)
    if playlist is None or not rules.can_see(playlist):
        raise PlaylistNotFound
    return playlist


async def lock_own(tx: Tx, playlist_id: PlaylistId, member: Member) -> StoredPlaylist:
    """Lock and return a playlist of the member. Raises PlaylistNotFound and NotYourPlaylist."""
    return rules.ensure_own(await lock_visible(tx, playlist_id, member))


async def lock_editable(tx: Tx, playlist_id: PlaylistId, member: Member) -> StoredPlaylist:
    """Lock and return a playlist that the member may edit. Raises PlaylistNotFound, NotAnEditor."""
    playlist = await lock_visible(tx, playlist_id, member)
    if not rules.can_edit(playlist):
        raise NotAnEditor
    return playlist
