"""Staff takes the cover of a track down: from its file, or an image that was chosen."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import ImageId, TrackId
from veza.core.palettes import CoverLook
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images.service import images
from veza.domains.music.audio import covers, queries
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.service import takedowns as tracks
from veza.infra.postgres.database import Conn, Tx


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    """Return a cover by the id of its track, or of the image."""
    found = await queries.find_covered(conn, content_id)
    return found and OwnedItem(found.owner_id, found.title, found.track_id)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    track_id = TrackId(content_id)
    look = await tracks.hide_cover(tx, track_id)
    if look is None:
        return None
    image_id = await queries.find_cover_image(tx, track_id)
    if image_id is not None:
        await images.update_taken_down(tx, [image_id], is_taken_down=True)
    return {
        "palette": look.palette,
        "placeholder": look.placeholder,
        "image_id": image_id and str(image_id),
    }


async def _restore(tx: Tx, content_id: UUID, kept: Mapping[str, Any]) -> None:
    """Show the cover again, unless the owner has replaced or removed it by now."""
    track_id = TrackId(content_id)
    if not await tracks.is_bare(tx, track_id):
        return
    covered = await queries.find_covered(tx, track_id)
    image_id = kept["image_id"] and ImageId(UUID(kept["image_id"]))
    if covered is None or covered.cover_image_id != image_id:
        return
    if image_id is not None:
        await images.update_taken_down(tx, [image_id], is_taken_down=False)
    look = CoverLook(kept["palette"], kept["placeholder"])
    await track_queries.update_look(tx, track_id, look)


async def _delete(tx: Tx, content_id: UUID, _owner: Member) -> None:
    track_id = TrackId(content_id)
    if await tracks.is_bare(tx, track_id) and await queries.find_covered(tx, track_id):
        await covers.delete_cover(tx, track_id)
        await queries.update_cover_gone(tx, track_id)


COVER = TakedownKind(_find, _hide, _restore, _delete)
