"""Staff takes a playlist or its cover down, and brings it back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import ImageId, PlaylistId, UserId
from veza.core.reviews import ReviewedFile, review_image
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images import service as images
from veza.domains.music.playlists.models.playlists import StoredPlaylist
from veza.domains.music.playlists.queries import records
from veza.domains.music.playlists.service import playlists
from veza.domains.music.playlists.service.search import index_playlists
from veza.infra.postgres.database import Conn, Tx

# Playlists whose cover is taken down.
_COVERED = "playlist_id"


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    playlist = await records.find_playlist(conn, PlaylistId(content_id), None)
    return playlist and OwnedItem(playlist.owner_id, playlist.title)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    playlist = await _lock(tx, content_id)
    if playlist is None:
        return None
    await records.update_taken_down(tx, playlist.id)
    await _show_cover(tx, playlist, is_public=False)
    await index_playlists(tx, [playlist.id])
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    playlist = await _lock(tx, content_id)
    if playlist is not None:
        await records.update_restored(tx, playlist.id)
        is_public = playlist.owner_visibility is Visibility.PUBLIC
        await _show_cover(tx, playlist, is_public=is_public)
        await index_playlists(tx, [playlist.id])


async def _delete(tx: Tx, content_id: UUID, owner: Member) -> None:
    await playlists.delete_playlist(tx, PlaylistId(content_id), owner)


async def _lock(tx: Tx, content_id: UUID) -> StoredPlaylist | None:
    # Nobody in particular looks at it.
    return await records.lock_playlist(tx, PlaylistId(content_id), UserId(content_id))


async def _show_cover(tx: Tx, playlist: StoredPlaylist, *, is_public: bool) -> None:
    if playlist.cover_image_id is not None:
        await images.update_public(tx, playlist.cover_image_id, is_public=is_public)


async def _find_cover(conn: Conn, content_id: UUID) -> OwnedItem | None:
    found = await records.find_covered(conn, content_id)
    return found and OwnedItem(found.owner_id, found.title, found.cover_image_id)


async def _hide_cover(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    found = await records.find_covered(tx, content_id)
    playlist = found and await _lock(tx, found.id)
    if playlist is None or playlist.cover_image_id != content_id:
        # It was replaced a moment ago.
        return None
    await records.update_cover(tx, playlist.id, None)
    await images.update_taken_down(tx, [ImageId(content_id)], is_taken_down=True)
    return {_COVERED: str(playlist.id)}


async def _restore_cover(tx: Tx, content_id: UUID, kept: Mapping[str, Any]) -> None:
    """Show the cover again, unless there is another one by now."""
    image_id = ImageId(content_id)
    playlist = await _lock(tx, UUID(kept[_COVERED]))
    if playlist is None or playlist.cover_image_id is not None:
        await images.delete_images(tx, [image_id])
        return
    await images.update_taken_down(tx, [image_id], is_taken_down=False)
    await images.update_public(tx, image_id, is_public=playlist.visibility is Visibility.PUBLIC)
    await records.update_cover(tx, playlist.id, image_id)


async def list_reviewed(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the cover of a playlist that has one of its own."""
    found = await records.find_covered(conn, content_id)
    return [] if found is None else [review_image(found.cover_image_id, found.title, urls)]


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)
COVER = TakedownKind(_find_cover, _hide_cover, _restore_cover, images.delete_taken_down)
