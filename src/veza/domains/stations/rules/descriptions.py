"""Decides who sees a station, and shows it."""

from datetime import datetime

from veza.core import visibility
from veza.core.ids import StationId, TrackId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.core.takedowns import show_taken_down
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.images import rules as image_rules
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.stations.errors import NotYourStation, StationNotFound
from veza.domains.stations.models.stations import ListedStation, OwnStation, StoredStation

RADIO_SUFFIX = ".aac"


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


def radio_path(station_id: StationId) -> str:
    """Return the path of the stream of a station for radios."""
    return f"/feeds/stations/{station_id}{RADIO_SUFFIX}"


def has_public_cover(station: StoredStation, *, is_on_air: bool) -> bool:
    """Return whether everybody may see the cover of a station that is on air, or is not."""
    return is_on_air and station.taken_down is None


def show_station(station: StoredStation, urls: UrlBuilder) -> ListedStation:
    """Show a station."""
    cover = station.cover_image_id
    is_public = has_public_cover(station, is_on_air=station.is_on_air)
    return copy_fields(
        ListedStation,
        station,
        cover_url=None if cover is None else image_rules.url_of(cover, urls, is_public=is_public),
        owner=show_named_member(station.owner_id, station.username, station.appearance),
        playback_url=f"{urls.base}/stations/{station.id}/hls/master.m3u8",
        radio_url=f"{urls.origin}{radio_path(station.id)}",
        taken_down=show_taken_down(station.taken_down, urls.base),
    )


def show_own(
    station: StoredStation,
    urls: UrlBuilder,
    *,
    tracks: list[Track],
    unplayed_ids: list[TrackId],
    changes_at: datetime | None,
) -> OwnStation:
    """Show a station to its owner."""
    return copy_fields(
        OwnStation,
        show_station(station, urls),
        plays_live=station.plays_live,
        program=station.program,
        tracks=tracks,
        unplayed_ids=unplayed_ids,
        changes_at=changes_at,
    )
