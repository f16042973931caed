"""Staff takes the picture or the banner of a profile down: it is kept, but shown nowhere."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import ImageId, ProfileId
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images import service as images
from veza.domains.images.models import ShownPicture
from veza.domains.profiles.queries import profiles as queries
from veza.infra.postgres.database import Conn, Tx

_COLUMNS = {ShownPicture.AVATAR: "avatar_id", ShownPicture.BANNER: "banner_id"}
_UPDATES = {
    ShownPicture.AVATAR: queries.update_avatar,
    ShownPicture.BANNER: queries.update_banner,
}
_PROFILE = "profile_id"


async def _find(kind: ShownPicture, conn: Conn, content_id: UUID) -> OwnedItem | None:
    found = await queries.find_pictured(conn, content_id, _COLUMNS[kind])
    return found and OwnedItem(found.account_id, found.name, found.image_id)


async def _hide(kind: ShownPicture, tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    found = await queries.find_pictured(tx, content_id, _COLUMNS[kind])
    if found is None:
        return None
    await queries.lock_profile(tx, found.id)
    if await queries.find_pictured(tx, content_id, _COLUMNS[kind]) is None:
        # It was replaced a moment ago.
        return None
    await _UPDATES[kind](tx, found.id, None)
    await images.update_public(tx, found.image_id, is_public=False)
    return {_PROFILE: str(found.id)}


async def _restore(kind: ShownPicture, tx: Tx, content_id: UUID, kept: Mapping[str, Any]) -> None:
    """Show the picture again, unless there is another one by now."""
    image_id, profile_id = ImageId(content_id), ProfileId(UUID(kept[_PROFILE]))
    await queries.lock_profile(tx, profile_id)
    if await queries.find_pictured(tx, profile_id, _COLUMNS[kind]) is not None:
        await images.delete_images(tx, [image_id])
        return
    await images.update_public(tx, image_id, is_public=True)
    await _UPDATES[kind](tx, profile_id, image_id)


async def _delete(tx: Tx, content_id: UUID, _owner: Member) -> None:
    await images.delete_images(tx, [ImageId(content_id)])


def _describe(kind: ShownPicture) -> TakedownKind:
    return TakedownKind(
        partial(_find, kind), partial(_hide, kind), partial(_restore, kind), _delete
    )


TAKEDOWNS = {"avatar": _describe(ShownPicture.AVATAR), "banner": _describe(ShownPicture.BANNER)}
