"""Staff takes a picture down from the item that shows it: a cover, an avatar or a banner."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from msgspec import Struct

from veza.core.ids import ImageId
from veza.core.takedowns import SHOWN_BY
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images.models import LockedItem, PicturedItem
from veza.domains.images.service import images
from veza.infra.postgres.database import Conn, Tx


class PicturePlace(Struct, frozen=True):
    """The functions of items that show one picture each.

    `find` takes the id of an item or of its picture, `lock` and `update` that of an item.
    """

    find: Callable[[Conn, UUID], Awaitable[PicturedItem | None]]
    lock: Callable[[Tx, UUID], Awaitable[LockedItem | None]]
    update: Callable[[Tx, UUID, ImageId | None], Awaitable[None]]


def describe_place(place: PicturePlace) -> TakedownKind:
    """Return the kind of the pictures in a place, which are taken down by their own id."""
    return TakedownKind(
        partial(_find, place),
        partial(_hide, place),
        partial(_restore, place),
        images.delete_taken_down,
    )


async def _find(place: PicturePlace, conn: Conn, content_id: UUID) -> OwnedItem | None:
    found = await place.find(conn, content_id)
    return found and OwnedItem(found.owner_id, found.title, found.image_id)


async def _hide(place: PicturePlace, tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    found = await place.find(tx, content_id)
    item = found and await place.lock(tx, found.id)
    if found is None or item is None or item.image_id != content_id:
        # It was replaced a moment ago.
        return None
    await place.update(tx, found.id, None)
    await images.update_taken_down(tx, [ImageId(content_id)], is_taken_down=True)
    return {SHOWN_BY: str(found.id)}


async def _restore(place: PicturePlace, tx: Tx, content_id: UUID, kept: Mapping[str, Any]) -> None:
    """Show the picture again, unless there is another one by now."""
    image_id, item_id = ImageId(content_id), UUID(kept[SHOWN_BY])
    item = await place.lock(tx, item_id)
    if item is None or item.image_id is not None:
        await images.delete_images(tx, [image_id])
        return
    await images.update_taken_down(tx, [image_id], is_taken_down=False)
    await images.update_public(tx, image_id, is_public=item.is_public)
    await place.update(tx, item_id, image_id)
