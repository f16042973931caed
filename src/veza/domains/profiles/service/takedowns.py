"""Staff takes the picture, the banner or the texts of a profile down: they are kept, unseen."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import ImageId, ProfileId
from veza.domains.auth.accounts import shared_queries as accounts
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images import service as images
from veza.domains.images.models import ShownPicture
from veza.domains.profiles import rules
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
    if found is None:
        return await images.find_taken_down(conn, content_id)
    return OwnedItem(found.account_id, found.name, found.image_id)


async def _hide(kind: ShownPicture, tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    found = await queries.find_pictured(tx, content_id, _COLUMNS[kind])
    if found is None:
        return None
    await queries.lock_profile(tx, found.id)
    if await queries.find_pictured(tx, content_id, _COLUMNS[kind]) is None:
        # It was replaced a moment ago.
        return None
    await _UPDATES[kind](tx, found.id, None)
    await images.update_taken_down(tx, [found.image_id], is_taken_down=True)
    return {_PROFILE: str(found.id)}


async def _restore(kind: ShownPicture, tx: Tx, content_id: UUID, kept: Mapping[str, Any]) -> None:
    """Show the picture again, unless there is another one by now."""
    image_id, profile_id = ImageId(content_id), ProfileId(UUID(kept[_PROFILE]))
    await queries.lock_profile(tx, profile_id)
    if await queries.find_pictured(tx, profile_id, _COLUMNS[kind]) is not None:
        await images.delete_images(tx, [image_id])
        return
    await images.update_taken_down(tx, [image_id], is_taken_down=False)
    # It was private as well, before there was a mark of its own.
    await images.update_public(tx, image_id, is_public=True)
    await _UPDATES[kind](tx, profile_id, image_id)


def _describe(kind: ShownPicture) -> TakedownKind:
    return TakedownKind(
        partial(_find, kind),
        partial(_hide, kind),
        partial(_restore, kind),
        images.delete_taken_down,
    )


async def _find_texts(conn: Conn, content_id: UUID) -> OwnedItem | None:
    found = await queries.find_any(conn, ProfileId(content_id))
    if found is None:
        return None
    return OwnedItem(found.account_id, rules.as_written(found).text or found.handle)


async def _hide_texts(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    profile_id = ProfileId(content_id)
    await queries.lock_profile(tx, profile_id)
    found = await queries.find_any(tx, profile_id)
    if found is None:
        return None
    await accounts.update_bio_taken_down(tx, found.account_id)
    await queries.update_taken_down(tx, profile_id)
    return {}


async def _restore_texts(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    profile_id = ProfileId(content_id)
    await queries.lock_profile(tx, profile_id)
    found = await queries.find_any(tx, profile_id)
    if found is not None:
        await accounts.update_bio_restored(tx, found.account_id)
        await queries.update_restored(tx, profile_id)


async def _delete_texts(tx: Tx, content_id: UUID, owner: Member) -> None:
    profile_id = ProfileId(content_id)
    await queries.lock_profile(tx, profile_id)
    await accounts.update_bio_gone(tx, owner.id)
    await queries.update_texts_gone(tx, profile_id)


TAKEDOWNS = {
    "profile": TakedownKind(_find_texts, _hide_texts, _restore_texts, _delete_texts),
    "avatar": _describe(ShownPicture.AVATAR),
    "banner": _describe(ShownPicture.BANNER),
}
