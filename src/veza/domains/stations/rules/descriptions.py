"""Decides who sees a station, and shows it."""

from datetime import datetime

from veza.core import visibility
from veza.core.ids import TrackId, UserId
from veza.core.structs import copy_fields
from veza.core.takedowns import show_taken_down
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.stations.errors import NotYourStation, StationNotFound
from veza.domains.stations.models.stations import ListedStation, OwnStation, StoredStation


def is_visible_to(station: StoredStation, viewer: UserId | None) -> bool:
    """Return whether a viewer may see a station: its owner, or everybody while it is on air."""
    return visibility.is_visible_to(
        viewer, station.owner_id, is_shown=station.is_on_air, is_hidden=station.is_hidden
    )


def ensure_visible(station: StoredStation | None, viewer: UserId | None) -> StoredStation:
    """Return a station that the viewer sees. Raises StationNotFound."""
    if station is None or not is_visible_to(station, viewer):
        raise StationNotFound
    return station


def ensure_own(station: StoredStation | None, member: UserId) -> StoredStation:
    """Return a station of a member. Raises StationNotFound and NotYourStation."""
    if ensure_visible(station, member).owner_id != member:
        raise NotYourStation
    assert station is not None
    return station


def show_station(station: StoredStation, base: str) -> ListedStation:
    """Show a station; `base` is the address of the API."""
    return copy_fields(
        ListedStation,
        station,
        owner=show_named_member(station.owner_id, station.username, station.appearance),
        playback_url=f"{base}/stations/{station.id}/hls/master.m3u8",
        taken_down=show_taken_down(station.taken_down, base),
    )


def show_own(
    station: StoredStation,
    base: str,
    *,
    tracks: list[Track],
    unplayed_ids: list[TrackId],
    changes_at: datetime | None,
) -> OwnStation:
    """Show a station to its owner."""
    return copy_fields(
        OwnStation,
        show_station(station, base),
        program=station.program,
        tracks=tracks,
        unplayed_ids=unplayed_ids,
        changes_at=changes_at,
    )
