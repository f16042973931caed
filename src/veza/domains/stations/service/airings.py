"""Shows the slots of a timeline to listeners, with their tracks."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import structs

from veza.core.access import Member
from veza.core.ids import TrackId
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.stations.models.marks import Slot
from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.models.stations import Airing
from veza.domains.stations.rules.playlists import TimelineSpan
from veza.infra.postgres.database import Conn


async def leave_out(conn: Conn, airings: Sequence[Airing], viewer: Member | None) -> list[Airing]:
    """Return airings without the tracks that the viewer does not want, as playlists do."""
    shown = [airing.track for airing in airings if airing.track is not None]
    unwanted = await visible_tracks.find_unwanted(conn, shown, viewer)
    return [
        structs.replace(each, track=None) if each.track and each.track.id in unwanted else each
        for each in airings
    ]


def is_for_all(airings: Sequence[Airing]) -> bool:
    """Return whether no listener would leave out a track."""
    return not any(each.track and visible_tracks.is_disclosing(each.track) for each in airings)


async def show_slots(
    conn: Conn, slots: Sequence[tuple[TimelineSpan, Slot]], urls: UrlBuilder
) -> list[Airing]:
    """Show slots with those of their tracks that are for everybody; jingles have none."""
    ids = list({_track_of(span, slot) for span, slot in slots if not slot.is_jingle})
    found = await visible_tracks.find_visible_tracks(conn, ids, None, urls) if ids else {}
    return [_show_slot(span, slot, found) for span, slot in slots]


def moment_of(at: int) -> datetime:
    """Return a time in microseconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(at // SECOND, UTC).replace(microsecond=at % SECOND)


def _show_slot(span: TimelineSpan, slot: Slot, found: dict[TrackId, Track]) -> Airing:
    track = None if slot.is_jingle else found.get(_track_of(span, slot))
    if track is not None and track.visibility is not Visibility.PUBLIC:
        track = None
    starts_at, ends_at = moment_of(slot.starts_at), moment_of(span.end_of(slot))
    return Airing(slot.number, starts_at, ends_at, slot.is_jingle, track)


def _track_of(span: TimelineSpan, slot: Slot) -> TrackId:
    return span.timeline.rotation.tracks[slot.track].id
