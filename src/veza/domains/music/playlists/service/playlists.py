"""Owners change their playlists; private ones are not found by others."""

from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import PlaylistId, new_id
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields, merge
from veza.core.takedowns import as_chosen
from veza.core.visibility import Visibility
from veza.domains.images.service import images
from veza.domains.moderation.takedowns.shared_queries import note_edit
from veza.domains.music.playlists import rules
from veza.domains.music.playlists.errors import (
    NotAnEditor,
    PlaylistNotFound,
    SmartPlaylist,
    TooManyPlaylists,
)
from veza.domains.music.playlists.models.playlists import (
    MAX_LISTED,
    MAX_LISTED_PUBLIC,
    MAX_PLAYLISTS,
    Playlist,
    PlaylistChange,
    PlaylistEvidence,
    PlaylistForm,
    PlaylistPage,
    PlaylistQuery,
    StoredPlaylist,
)
from veza.domains.music.playlists.queries import editor_records, records
from veza.domains.music.playlists.service.responses import show_playlists
from veza.domains.music.playlists.service.search import index_playlists
from veza.domains.relationships import service as relationships
from veza.infra.postgres.database import Conn, Tx


async def create_playlist(tx: Tx, owner: Member, form: PlaylistForm, urls: UrlBuilder) -> Playlist:
    """Create an empty playlist. Raises TooManyPlaylists, ImageNotFound and ImageInUse."""
    form = rules.clean(form)
    if not await editor_records.lock_owner(tx, owner.id):
        # The token outlived the account.
        raise Unauthenticated
    if await records.count_playlists(tx, owner.id) >= MAX_PLAYLISTS:
        raise TooManyPlaylists
    await _show_cover(tx, owner, form)
    playlist_id = PlaylistId(new_id())
    await records.insert_playlist(tx, playlist_id, owner.id, form)
    if form.visibility is Visibility.PUBLIC:
        await index_playlists(tx, [playlist_id])
    return await get_playlist(tx, playlist_id, owner, urls)


async def get_playlist(
    conn: Conn, playlist_id: PlaylistId, viewer: Member | None, urls: UrlBuilder
) -> Playlist:
    """Return a playlist. Raises PlaylistNotFound."""
    found = await find_visible(conn, playlist_id, viewer)
    [shown] = await show_playlists(conn, [found], viewer, urls)
    return shown


async def list_playlists(
    conn: Conn, query: PlaylistQuery, viewer: Member | None, urls: UrlBuilder
) -> PlaylistPage:
    """Return a page of playlists, newest first."""
    found = await records.list_playlists(conn, query, viewer and viewer.id)
    page, next_cursor = cut(found, query.limit, lambda one: Cursor(one.created_at, one.id))
    shown = await show_playlists(conn, page, viewer, urls)
    return PlaylistPage(shown, next_cursor, next_cursor is not None)


async def list_playable(
    conn: Conn, viewer: Member, urls: UrlBuilder, *, with_public: bool
) -> list[Playlist]:
    """Return what a player lists: own playlists, those that the member edits, and public ones.

    It is one query. There are at most `MAX_LISTED`, own ones and edited ones first, newest first.
    """
    public_limit = MAX_LISTED_PUBLIC if with_public else 0
    found = await records.list_playable(
        conn, viewer.id, limit=MAX_LISTED, public_limit=public_limit
    )
    return await show_playlists(conn, found, viewer, urls)


async def list_playlists_of(
    conn: Conn, username: str, query: PlaylistQuery, *, viewer: Member | None, urls: UrlBuilder
) -> PlaylistPage:
    """Return a page of a member's public playlists. Raises UserNotFound."""
    owner_id = await relationships.find_visible_id(conn, username, viewer)
    return await list_playlists(conn, structs.replace(query, owner_id=owner_id), viewer, urls)


async def update_playlist(
    tx: Tx, playlist_id: PlaylistId, member: Member, *, change: PlaylistChange, urls: UrlBuilder
) -> Playlist:
    """Change a playlist of the caller.

    Raises NotSmart, SmartPlaylist, ImageNotFound and ImageInUse.
    """
    playlist = await lock_own(tx, playlist_id, member)
    rules.ensure_same_kind(playlist, change)
    form = rules.clean(merge(PlaylistForm, as_chosen(playlist), change))
    await _change_cover(tx, member, playlist, form)
    await records.update_playlist(tx, playlist_id, form)
    if Visibility.PUBLIC in {playlist.visibility, form.visibility}:
        await index_playlists(tx, [playlist_id])
    await note_edit(tx, playlist.taken_down)
    return await get_playlist(tx, playlist_id, member, urls)


async def delete_playlist(tx: Tx, playlist_id: PlaylistId, member: Member) -> None:
    """Delete a playlist of the caller, and its cover. Its tracks stay."""
    playlist = await lock_own(tx, playlist_id, member)
    await records.delete_playlist(tx, playlist_id)
    await _delete_cover(tx, playlist)


async def find_visible(
    conn: Conn, playlist_id: PlaylistId, viewer: Member | None
) -> StoredPlaylist:
    """Return a playlist that the viewer may see. Raises PlaylistNotFound."""
    playlist = await records.find_playlist(conn, playlist_id, viewer and viewer.id)
    if playlist is None or not rules.can_see(playlist):
        raise PlaylistNotFound
    return playlist


async def find_evidence(conn: Conn, playlist_id: UUID, viewer: Member) -> PlaylistEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the playlist."""
    found = await records.find_playlist(conn, PlaylistId(playlist_id), viewer.id)
    if found is None or not rules.can_see(found):
        return None
    return copy_fields(PlaylistEvidence, found, author_id=found.owner_id)


async def lock_visible(tx: Tx, playlist_id: PlaylistId, member: Member) -> StoredPlaylist:
    """Lock and return a playlist that the member may see. Raises PlaylistNotFound."""
    playlist = await records.lock_playlist(tx, playlist_id, member.id)
    if playlist is None or not rules.can_see(playlist):
        raise PlaylistNotFound
    return playlist


async def lock_own(tx: Tx, playlist_id: PlaylistId, member: Member) -> StoredPlaylist:
    """Lock and return a playlist of the member. Raises PlaylistNotFound and NotYourPlaylist."""
    return rules.ensure_own(await lock_visible(tx, playlist_id, member))


async def lock_editable(tx: Tx, playlist_id: PlaylistId, member: Member) -> StoredPlaylist:
    """Lock and return a playlist that the member may edit. Raises PlaylistNotFound, NotAnEditor.

    Raises SmartPlaylist if it has rules instead of entries.
    """
    playlist = await lock_visible(tx, playlist_id, member)
    if not rules.can_edit(playlist):
        raise NotAnEditor
    if playlist.rules is not None:
        raise SmartPlaylist
    return playlist


async def _show_cover(tx: Tx, owner: Member, form: PlaylistForm) -> None:
    if form.cover_image_id is not None:
        is_public = form.visibility is Visibility.PUBLIC
        await images.show_images(tx, owner.id, [form.cover_image_id], is_public=is_public)


async def _change_cover(
    tx: Tx, owner: Member, playlist: StoredPlaylist, form: PlaylistForm
) -> None:
    if playlist.owner_visibility is not None:
        form = structs.replace(form, visibility=Visibility.PRIVATE)
    if form.cover_image_id != playlist.cover_image_id:
        await _show_cover(tx, owner, form)
        await _delete_cover(tx, playlist)
    elif playlist.cover_image_id is not None and form.visibility is not playlist.visibility:
        is_public = form.visibility is Visibility.PUBLIC
        await images.update_public(tx, playlist.cover_image_id, is_public=is_public)


async def _delete_cover(tx: Tx, playlist: StoredPlaylist) -> None:
    if playlist.cover_image_id is not None:
        await images.delete_images(tx, [playlist.cover_image_id])
