"""Staff takes a show or its cover down, and brings it back. Its tracks are items of their own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import ShowId
from veza.core.reviews import ReviewedFile, review_image
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images.models import LockedItem
from veza.domains.images.service import images
from veza.domains.images.service.takedowns import PicturePlace, describe_place
from veza.domains.shows.models.shows import StoredShow
from veza.domains.shows.queries import shows as queries
from veza.domains.shows.service import shows
from veza.domains.shows.service.search import index_shows
from veza.infra.postgres.database import Conn, Tx


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    show = await queries.find_show(conn, ShowId(content_id), None)
    return show and OwnedItem(show.owner_id, show.title)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    show = await queries.lock_show(tx, ShowId(content_id))
    if show is None:
        return None
    await queries.update_taken_down(tx, show.id)
    await _show_cover(tx, show, is_public=False)
    await index_shows(tx, [show.id])
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    show = await queries.lock_show(tx, ShowId(content_id))
    if show is not None:
        await queries.update_restored(tx, show.id)
        await _show_cover(tx, show, is_public=show.owner_visibility is Visibility.PUBLIC)
        await index_shows(tx, [show.id])


async def _delete(tx: Tx, content_id: UUID, owner: Member) -> None:
    await shows.delete_show(tx, ShowId(content_id), owner)


async def _show_cover(tx: Tx, show: StoredShow, *, is_public: bool) -> None:
    if show.cover_image_id is not None:
        await images.update_public(tx, show.cover_image_id, is_public=is_public)


async def _lock_cover(tx: Tx, content_id: UUID) -> LockedItem | None:
    show = await queries.lock_show(tx, ShowId(content_id))
    if show is None:
        return None
    return LockedItem(show.cover_image_id, show.visibility is Visibility.PUBLIC)


async def list_reviewed(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the cover of a show that has one."""
    found = await queries.find_covered(conn, content_id)
    return [] if found is None else [review_image(found.image_id, found.title, urls)]


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)
COVER = describe_place(PicturePlace(queries.find_covered, _lock_cover, queries.update_cover))
