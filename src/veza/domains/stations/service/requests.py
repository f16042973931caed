"""Members request tracks of a station; a worker fixes, ahead of time, which request plays.

A fixed request is a mark whose first track it is: so all nodes compute the same slots, and it
changes nothing that is listed already. What replaces the mark before it began opens the request
again.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import Unauthenticated, Unavailable, required
from veza.core.ids import StationId, StationRequestId, TrackId, new_id
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.core.visibility import Visibility
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.stations import errors
from veza.domains.stations.models.marks import Mark
from veza.domains.stations.models.requests import (
    StationRequest,
    StationRequests,
    StoredStationRequest,
)
from veza.domains.stations.models.rotations import SECOND, Rotation
from veza.domains.stations.models.stations import StoredMark, StoredStation
from veza.domains.stations.queries import marks, records, requests, takeovers
from veza.domains.stations.rules import playlists, programs
from veza.domains.stations.rules import requests as rules
from veza.domains.stations.rules.playlists import TimelineSpan
from veza.domains.stations.rules.timeline import Timeline, mark_after
from veza.domains.stations.service import rotations, stations
from veza.domains.stations.service.airings import moment_of
from veza.domains.stations.service.clock import StationClock, present
from veza.domains.stations.service.computing import compute, compute_spans
from veza.domains.stations.service.rotations import DAY, LEAD
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx

# A request is fixed at the end of the track that plays then.
FIXED_AHEAD = 60 * SECOND
_MAX_FOUND = 20
_OF_ACCOUNTS = {"station_requests_asked_by_fkey", "station_request_votes_user_id_fkey"}
_OF_TRACKS = {"station_requests_track_id_fkey", "station_request_votes_request_id_fkey"}


async def list_requests(
    conn: Conn, station_id: StationId, viewer: Member | None, text: str, urls: UrlBuilder
) -> StationRequests:
    """Return what is requested, and with a text the tracks that can be. Raises StationNotFound."""
    station = await stations.find_visible(conn, station_id, viewer)
    if not station.takes_requests:
        return StationRequests([], [])
    voter_id = None if viewer is None else viewer.actor_id
    found = await requests.list_requests(conn, station_id, voter_id, present())
    requested = [each.track_id for each in found]
    offered = await _search(conn, station, text, requested) if text else []
    wanted = [*requested, *offered]
    tracks = await visible_tracks.find_wanted_tracks(conn, wanted, viewer, urls) if wanted else {}
    shown = {key: each for key, each in tracks.items() if _is_shown(each)}
    listed = [
        copy_fields(StationRequest, each, track=shown[each.track_id], plays_at=_show(each.plays_at))
        for each in found
        if each.track_id in shown
    ]
    return StationRequests(listed, [shown[each] for each in offered if each in shown])


def _is_shown(track: Track) -> bool:
    return track.visibility is Visibility.PUBLIC and not track.is_explicit


def _show(at: int | None) -> datetime | None:
    return None if at is None else moment_of(at)


async def _search(
    conn: Conn, station: StoredStation, text: str, requested: list[TrackId]
) -> list[TrackId]:
    """Return tracks of the program with a text in their title or artist."""
    wanted = programs.list_requestable_ids(station.program)
    sought = text.strip().casefold()
    return [
        each.id
        for each in await records.list_playable(conn, station.owner_id, wanted)
        if each.is_requestable
        and each.id not in requested
        and sought in f"{each.artist} {each.title}".casefold()
    ][:_MAX_FOUND]


async def ask(
    database: Database,
    clock: StationClock,
    station_id: StationId,
    member: Member,
    track_id: TrackId,
) -> None:
    """Request a track, or vote for the request. Raises the errors of the route."""
    since = present() - rules.REST
    await _ensure_playable(database, clock, station_id, member, track_id)
    async with database.transaction() as tx:
        station = await records.lock_station(tx, station_id)
        _ensure_open(required(station, errors.StationNotFound))
        request_id = await requests.find_open(tx, station_id, track_id)
        try:
            if request_id is None:
                counts = await requests.count_requests(tx, station_id, member.id, track_id, since)
                rules.ensure_allowed(counts)
                request_id = StationRequestId(new_id())
                await requests.insert_request(tx, request_id, station_id, track_id, member.id)
            await requests.insert_vote(tx, request_id, member.id)
        except ConstraintViolation as error:
            # The token outlived the account, or the track was deleted just now.
            if error.constraint in _OF_ACCOUNTS:
                raise Unauthenticated from error
            if error.constraint in _OF_TRACKS:
                raise errors.TrackNotRequestable from error
            raise


async def _ensure_playable(
    database: Database,
    clock: StationClock,
    station_id: StationId,
    member: Member,
    track_id: TrackId,
) -> None:
    """Raise an error unless a station may play a track for a member, and did not lately.

    A request that is open already waits until it may be played, and votes with it.
    """
    start, end = present() - rules.REST, present() + LEAD
    async with database.read() as conn:
        station = await stations.find_visible(conn, station_id, member)
        _ensure_open(station)
        playable = await _find_requestable(conn, station, [track_id])
        is_heard = await visible_tracks.is_visible(conn, track_id, member)
        is_asked = await requests.find_open(conn, station_id, track_id) is not None
        spans = await clock.read_spans(conn, station_id, start, end)
    place = rules.find_place(spans[-1].timeline.rotation, track_id)
    if not playable or not is_heard or place is None:
        raise errors.TrackNotRequestable
    if is_asked:
        return
    await compute_spans(spans, end)
    if track_id in _list_played(spans, start, end):
        raise errors.TrackPlayedRecently


async def withdraw(tx: Tx, station_id: StationId, member: Member, track_id: TrackId) -> None:
    """Take back the vote of a member for an open request, which others may have as well."""
    if await records.lock_station(tx, station_id) is None:
        return
    request_id = await requests.find_open(tx, station_id, track_id)
    if request_id is not None:
        await requests.delete_vote(tx, request_id, member.id)


async def decline(tx: Tx, station_id: StationId, owner: Member, track_id: TrackId) -> None:
    """Decline a request for a station of the caller, unless it is about to play.

    Raises StationNotFound and NotYourStation.
    """
    await stations.find_own(tx, station_id, owner)
    await records.lock_station(tx, station_id)
    at = present() + LEAD
    for each in await requests.list_requests(tx, station_id, None, at):
        if each.track_id == track_id:
            if each.plays_at is not None:
                await marks.delete_later(tx, station_id, at)
            await requests.decline(tx, each.id)
    if not rotations.is_unserved(at):
        raise Unavailable


async def fix(database: Database, clock: StationClock, station_id: StationId) -> None:
    """Fix the request that a station plays next, and release one that it can't play.

    It may run twice.
    """
    async with database.transaction(recorded=False) as tx:
        station = await records.lock_station(tx, station_id)
        if station is None:
            return
        at = present() + FIXED_AHEAD
        base, *later = await marks.list_marks(tx, station_id, at, at + DAY)
        spans = await clock.read_spans(tx, station_id, at - rules.REST, at + DAY)
        await _release_lost(tx, station, spans[-1].timeline)
        found = await _list_open(tx, station)
        is_open = station.takes_requests and station.is_on_air and not station.is_hidden
        if found and is_open and not later:
            await _fix(tx, station_id, found, base, spans)


async def _fix(
    tx: Tx,
    station_id: StationId,
    found: Sequence[StoredStationRequest],
    base: StoredMark,
    spans: Sequence[TimelineSpan],
) -> None:
    """Store a mark at the end of a track, whose first track is a request that may play there."""
    at, rotation = present() + FIXED_AHEAD, spans[-1].timeline.rotation
    mark = await _find_next(base, rotation, at)
    if mark is None or not await _is_free(tx, station_id, mark):
        return
    await compute_spans(spans, at)
    chosen = rules.choose(rotation, mark, found, _list_played(spans, at - rules.REST, at))
    if chosen is not None and rotations.is_unserved(at):
        request, place = chosen
        state = structs.replace(mark.state, first=place)
        stored = copy_fields(StoredMark, mark, rotation_id=base.rotation_id, state=state)
        await marks.upsert_mark(tx, station_id, stored)
        await requests.fix(tx, request.id, mark.starts_at)


async def _release_lost(tx: Tx, station: StoredStation, last: Timeline) -> None:
    """Delete the mark of a request that can't be played any more: the rotation goes on."""
    first, at = last.mark.state.first, present() + LEAD
    if first is None or last.mark.starts_at <= at:
        return
    if not await _find_requestable(tx, station, [last.rotation.tracks[first].id]):
        await marks.delete_later(tx, station.id, at)


async def _list_open(tx: Tx, station: StoredStation) -> list[StoredStationRequest]:
    """Return the open requests that can play; others are deleted."""
    found = await requests.list_requests(tx, station.id, None, present() + DAY)
    kept = await _find_requestable(tx, station, [each.track_id for each in found])
    lost = [each.track_id for each in found if each.track_id not in kept]
    if lost:
        await requests.delete_open(tx, station.id, lost)
    return [each for each in found if each.track_id in kept]


async def _find_next(base: StoredMark, rotation: Rotation, at: int) -> Mark | None:
    """Return a mark at the end of the track that plays at a moment; None in silence."""
    timeline = await compute(Timeline(rotation, base), at)
    return None if timeline.index_at(at) is None else mark_after(timeline, at)


async def _is_free(tx: Tx, station_id: StationId, mark: Mark) -> bool:
    """Return whether a request may play at a mark: under a stream nobody would hear it."""
    if await requests.is_taken(tx, station_id, mark.starts_at):
        return False
    latest = await takeovers.find_latest(tx, station_id)
    return latest is None or not latest.is_open


async def _find_requestable(
    conn: Conn, station: StoredStation, track_ids: Sequence[TrackId]
) -> set[TrackId]:
    """Return those of these tracks that members may request now."""
    listed = programs.list_requestable_ids(station.program)
    wanted = [each for each in track_ids if each in listed]
    found = await records.list_playable(conn, station.owner_id, wanted) if wanted else []
    return {each.id for each in found if each.is_requestable}


def _list_played(spans: Sequence[TimelineSpan], start: int, end: int) -> set[TrackId]:
    """Return the tracks that play between two moments."""
    slots = playlists.list_slots(spans, start, end)
    return {span.timeline.rotation.tracks[slot.track].id for span, slot in slots}


def _ensure_open(station: StoredStation) -> None:
    if not (station.takes_requests and station.is_on_air):
        raise errors.RequestsClosed
