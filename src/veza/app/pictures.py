"""Single pictures that staff takes down, in posts and as covers, wherever each is shown.

The type `image` is one for all of them: the domains know their own, by the id of the picture, or
of what it is the cover of.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from veza.app.domains import DOMAINS, merge
from veza.core.access import Member
from veza.core.ids import ImageId, UserId
from veza.core.reviews import ReviewedFile
from veza.core.signed_urls import UrlBuilder
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images.service import images
from veza.domains.music.audio.service import reviews as track_files
from veza.infra.postgres.database import Conn, Tx


class PictureEvidence(Struct, frozen=True):
    """A picture at the moment it was reported, and what shows it."""

    author_id: UserId
    title: str
    shown_by: str
    image_id: UUID


_PLACES: Mapping[str, TakedownKind] = merge(wiring.pictures for wiring in DOMAINS.values())
_PLACE = "place"


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    for place in _PLACES.values():
        found = await place.find(conn, content_id)
        if found is not None:
            return found
    return await images.find_taken_down(conn, content_id)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    for name, place in _PLACES.items():
        kept = await place.hide(tx, content_id)
        if kept is not None:
            return {**kept, _PLACE: name}
    return None


async def _restore(tx: Tx, content_id: UUID, kept: Mapping[str, Any]) -> None:
    await _PLACES[kept[_PLACE]].restore(tx, content_id, kept)


async def _delete(tx: Tx, content_id: UUID, owner: Member) -> None:
    for place in _PLACES.values():
        await place.delete(tx, content_id, owner)


async def find_evidence(conn: Conn, content_id: UUID, _reporter: Member) -> PictureEvidence | None:
    """Return the content to keep with a report. Who knows the id of a picture was shown it."""
    for name, place in _PLACES.items():
        found = await place.find(conn, content_id)
        if found is not None:
            picture_id = found.content_id or content_id
            return PictureEvidence(found.owner_id, found.title, name, picture_id)
    return None


async def list_reviewed(
    kinds: Sequence[TakedownKind], conn: Conn, content_id: UUID, urls: UrlBuilder
) -> list[ReviewedFile]:
    """Return the pictures of these kinds for staff, by their id or that of what shows them."""
    shown = list[ReviewedFile]()
    for kind in kinds:
        found = await kind.find(conn, content_id)
        if found is not None:
            picture_id = found.content_id or content_id
            # What is no image came with the file of a track.
            shown += await images.list_reviewed(
                conn, ImageId(picture_id), found.title, urls
            ) or await track_files.list_covers(conn, picture_id, urls)
    return shown


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)
