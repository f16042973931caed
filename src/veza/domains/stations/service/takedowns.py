"""Staff takes a station down, and brings it back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import StationId
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.stations.queries import records
from veza.infra.postgres.database import Conn, Tx


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    station = await records.find_station(conn, StationId(content_id), None)
    return station and OwnedItem(station.owner_id, station.title)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    station = await records.lock_station(tx, StationId(content_id))
    if station is None:
        return None
    await records.update_taken_down(tx, station.id, is_taken_down=True)
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    await records.update_taken_down(tx, StationId(content_id), is_taken_down=False)


async def _delete(tx: Tx, content_id: UUID, _owner: Member) -> None:
    await records.delete_station(tx, StationId(content_id))


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)
