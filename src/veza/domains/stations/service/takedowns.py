"""Staff takes a station or its cover down, and brings it back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import StationId
from veza.core.reviews import ReviewedFile, review_image
from veza.core.signed_urls import UrlBuilder
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images.models import LockedItem
from veza.domains.images.service import images
from veza.domains.images.service.takedowns import PicturePlace, describe_place
from veza.domains.stations.models.stations import StoredStation
from veza.domains.stations.queries import records
from veza.domains.stations.rules import descriptions
from veza.domains.stations.service import stations
from veza.infra.postgres.database import Conn, Tx


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    station = await records.find_station(conn, StationId(content_id), None)
    return station and OwnedItem(station.owner_id, station.title)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    station = await records.lock_station(tx, StationId(content_id))
    if station is None:
        return None
    await records.update_taken_down(tx, station.id, is_taken_down=True)
    await _show_cover(tx, station, is_public=False)
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    await records.update_taken_down(tx, StationId(content_id), is_taken_down=False)
    station = await records.lock_station(tx, StationId(content_id))
    if station is not None:
        await _show_cover(tx, station, is_public=station.is_on_air)


async def _delete(tx: Tx, content_id: UUID, _owner: Member) -> None:
    station = await records.lock_station(tx, StationId(content_id))
    if station is not None:
        await stations.remove_station(tx, station)


async def _show_cover(tx: Tx, station: StoredStation, *, is_public: bool) -> None:
    if station.cover_image_id is not None:
        await images.update_public(tx, station.cover_image_id, is_public=is_public)


async def _lock_cover(tx: Tx, content_id: UUID) -> LockedItem | None:
    station = await records.lock_station(tx, StationId(content_id))
    if station is None:
        return None
    is_public = descriptions.has_public_cover(station, is_on_air=station.is_on_air)
    return LockedItem(station.cover_image_id, is_public)


async def list_reviewed(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the cover of a station that has one."""
    found = await records.find_covered(conn, content_id)
    return [] if found is None else [review_image(found.image_id, found.title, urls)]


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)
COVER = describe_place(PicturePlace(records.find_covered, _lock_cover, records.update_cover))
