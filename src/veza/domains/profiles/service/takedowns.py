"""Staff takes the picture, the banner or the texts of a profile down: they are kept, unseen."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.ids import ImageId, ProfileId
from veza.domains.auth.accounts import shared_queries as accounts
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images.models import LockedItem, ShownPicture
from veza.domains.images.service import images
from veza.domains.images.service.takedowns import PicturePlace, describe_place
from veza.domains.profiles import rules
from veza.domains.profiles.queries import profiles as queries
from veza.infra.postgres.database import Conn, Tx

_COLUMNS = {ShownPicture.AVATAR: "avatar_id", ShownPicture.BANNER: "banner_id"}
_UPDATES = {
    ShownPicture.AVATAR: queries.update_avatar,
    ShownPicture.BANNER: queries.update_banner,
}


async def _lock(kind: ShownPicture, tx: Tx, profile_id: UUID) -> LockedItem | None:
    await queries.lock_profile(tx, ProfileId(profile_id))
    found = await queries.find_any(tx, ProfileId(profile_id))
    if found is None:
        return None
    shown = {ShownPicture.AVATAR: found.avatar_id, ShownPicture.BANNER: found.banner_id}
    return LockedItem(shown[kind], is_public=True)


async def _update(kind: ShownPicture, tx: Tx, profile_id: UUID, image_id: ImageId | None) -> None:
    await _UPDATES[kind](tx, ProfileId(profile_id), image_id)


def _describe(kind: ShownPicture) -> TakedownKind:
    find = partial(queries.find_pictured, column=_COLUMNS[kind])
    place = describe_place(PicturePlace(find, partial(_lock, kind), partial(_update, kind)))

    async def find_kept(conn: Conn, content_id: UUID) -> OwnedItem | None:
        shown = await place.find(conn, content_id)
        return shown or await images.find_taken_down(conn, content_id)

    return _by_handle(structs.replace(place, find=find_kept))


def _by_handle(kind: TakedownKind) -> TakedownKind:
    """Return a kind whose items are found by the handle of their profile as well."""

    async def find_named(conn: Conn, handle: str) -> OwnedItem | None:
        profile_id = await queries.find_id(conn, handle)
        found = profile_id and await kind.find(conn, profile_id)
        return found and structs.replace(found, content_id=found.content_id or profile_id)

    return structs.replace(kind, find_named=find_named)


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
    # The owner, whom every change of these texts locks first, is locked.
    await accounts.update_bio_gone(tx, owner.id)
    await queries.update_texts_gone(tx, ProfileId(content_id))


TAKEDOWNS = {
    "profile": _by_handle(TakedownKind(_find_texts, _hide_texts, _restore_texts, _delete_texts)),
    "avatar": _describe(ShownPicture.AVATAR),
    "banner": _describe(ShownPicture.BANNER),
}
