"""Staff takes a playlist or its cover down, and brings it back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import PlaylistId, UserId
from veza.core.reviews import ReviewedFile, review_image
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images.models import LockedItem
from veza.domains.images.service import images
from veza.domains.images.service.takedowns import PicturePlace, describe_place
from veza.domains.music.playlists.models.playlists import StoredPlaylist
from veza.domains.music.playlists.queries import records
from veza.domains.music.playlists.service import playlists
from veza.domains.music.playlists.service.search import index_playlists
from veza.infra.postgres.database import Conn, Tx


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


async def _lock_cover(tx: Tx, content_id: UUID) -> LockedItem | None:
    playlist = await _lock(tx, content_id)
    if playlist is None:
        return None
    return LockedItem(playlist.cover_image_id, playlist.visibility is Visibility.PUBLIC)


async def list_reviewed(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the cover of a playlist that has one of its own."""
    found = await records.find_covered(conn, content_id)
    return [] if found is None else [review_image(found.image_id, found.title, urls)]


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)
COVER = describe_place(PicturePlace(records.find_covered, _lock_cover, records.update_cover))
