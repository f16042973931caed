"""Exports and erases stations, with what they played."""

from veza.core.ids import UserId
from veza.domains.images.service import images
from veza.domains.stations.models.requests import ExportedStations
from veza.domains.stations.queries import records, requests
from veza.domains.stations.service import takeovers
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = (
    *("stations", "station_rotations", "station_marks", "station_takeovers"),
    *("station_requests", "station_request_votes"),
)


async def export(conn: Conn, user_id: UserId) -> ExportedStations:
    """Return a member's stations with their programs, and what they requested of stations."""
    return ExportedStations(
        await records.list_personal_stations(conn, user_id),
        await requests.list_of_member(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's stations and covers, and their votes for requests."""
    await requests.delete_of_member(tx, user_id)
    await takeovers.delete_sound(tx, user_id)
    await images.delete_images(tx, await records.delete_stations_of(tx, user_id))


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the stations of a page to another profile."""
    await records.update_owner(tx, user_id, into_id)
