"""Requests of listeners for tracks of a station, as stored and as shown."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import StationId, StationRequestId, TrackId
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.stations.models.stations import ExportedStation


class StoredStationRequest(Struct, frozen=True):
    """A row of `station_requests` with its votes; `mine` if the viewer voted.

    `plays_at` is in microseconds since 1970.
    """

    id: StationRequestId
    track_id: TrackId
    votes: int
    mine: bool
    plays_at: int | None


class RequestCounts(Struct, frozen=True):
    """The numbers that limit a new request: of the station, of the member, and of the track."""

    open_count: int
    own_open: int
    own_today: int
    is_declined: bool
    is_fixed: bool


class StationRequest(Struct, frozen=True):
    """A track that listeners requested; `mine` if the caller did. Once fixed it has `plays_at`."""

    track: Track
    votes: int
    mine: bool
    plays_at: datetime | None


class StationRequests(Struct, frozen=True):
    """Requests that are to come, the next first. `tracks` were found by `q`."""

    requests: list[StationRequest]
    tracks: list[Track]


class ExportedRequest(Struct, frozen=True):
    """A request that a member made, or voted for, in an export of personal data."""

    station_id: StationId
    track_id: TrackId
    is_asked: bool
    created_at: datetime


class ExportedStations(Struct, frozen=True):
    """The stations of a member and their requests for tracks, in an export of personal data."""

    stations: list[ExportedStation]
    requests: list[ExportedRequest]
