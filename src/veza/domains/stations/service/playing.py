"""Serves the HLS playlists of a station, and its current and next tracks.

All listeners of a node share the answers, which are computed while no connection is held.
"""

import time
from itertools import islice

import structlog
from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import VezaError, required
from veza.core.ids import StationId, StationTakeoverId, TrackId
from veza.core.signed_urls import UrlBuilder
from veza.domains.stations.errors import StationNotFound, StationSilent
from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.models.stations import (
    Airing,
    EligibleTrack,
    OnAir,
    ReplaceLostTracks,
)
from veza.domains.stations.models.takeovers import LiveAiring
from veza.domains.stations.queries import records, takeovers
from veza.domains.stations.rules import playlists
from veza.domains.stations.rules import takeovers as taking
from veza.domains.stations.service.airings import is_for_all, leave_out, moment_of, show_slots
from veza.domains.stations.service.clock import SharedOnAir, StationClock, Window, present
from veza.domains.stations.service.computing import compute_spans
from veza.domains.stations.service.live_sound import config_of
from veza.infra.jobs.queue import enqueue
from veza.infra.media.fragment_writer import write_head
from veza.infra.postgres.database import Database
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage

log = structlog.get_logger()

_NEXT = 5
_LOOK_AHEAD = 6 * 3600 * SECOND
# Of different addresses of one server.
_MAX_SHARED = 4


async def read_playlist(
    database: Database, clock: StationClock, station_id: StationId, name: str
) -> bytes:
    """Return a playlist of a station on air. Raises StationNotFound and StationSilent."""
    if name != playlists.MASTER and name not in playlists.VARIANTS:
        raise StationNotFound
    window = await get_window(database, clock, station_id)
    if name == playlists.MASTER:
        return playlists.write_master()
    if not window.playlists:
        raise StationSilent
    return window.playlists[name]


async def read_live(
    storage: Storage, window: Window, takeover_id: StationTakeoverId, name: str
) -> bytes:
    """Return a segment of the stream that has taken a station over. Raises StationNotFound.

    Only what the playlist lists at the moment, as long as everybody may hear the stream.
    """
    takeover = required(window.live.get(takeover_id), StationNotFound)
    if name == playlists.HEAD:
        return write_head(config_of(takeover))
    for segment in window.segments:
        if segment.takeover_id == takeover_id and playlists.live_name(segment.number) == name:
            try:
                return await storage.read_all(taking.key_of(takeover, segment.number))
            except ObjectMissing as error:
                raise StationNotFound from error
    raise StationNotFound


async def get_on_air(
    database: Database,
    clock: StationClock,
    station_id: StationId,
    *,
    viewer: Member | None,
    urls: UrlBuilder,
) -> OnAir:
    """Return what a station plays, and what follows. Raises StationNotFound.

    All visitors share one answer, and members too, unless a track is explicit or generated: it is
    left out for those who do not want to hear such.
    """
    window = await get_window(database, clock, station_id)
    shared = window.shared.get(urls.base)
    if shared is None:
        shared = await _share_on_air(database, clock, station_id, window, urls)
    if viewer is None:
        return shared.for_visitors
    if is_for_all(_airings_of(shared.complete)):
        return shared.complete
    return await _leave_out(database, shared.complete, viewer)


async def get_window(
    database: Database, clock: StationClock, station_id: StationId, fresh_s: float | None = None
) -> Window:
    """Return what all listeners of this node share, read anew if it is too old.

    Raises StationNotFound.
    """
    found = clock.windows.get(station_id)
    if found is not None and found.is_fresh(fresh_s):
        return found
    async with clock.lock_of(station_id):
        found = clock.windows.get(station_id)
        if found is not None and found.is_fresh(fresh_s):
            return found
        made, lost = await _read_window(database, clock, station_id)
        clock.keep_window(station_id, made)
    await _tell_lost(database, clock, station_id, lost)
    return made


async def _tell_lost(
    database: Database, clock: StationClock, station_id: StationId, lost: frozenset[TrackId]
) -> None:
    """Enqueue what leaves out lost tracks, once for each loss. A listener never waits for it."""
    if not clock.note_lost(station_id, lost):
        return
    try:
        async with database.transaction(recorded=False) as tx:
            key = f"replace_lost:{station_id}"
            await enqueue(tx, ReplaceLostTracks(station_id), key=key, also_while_running=True)
    except VezaError:
        # They are gaps; the next look tries again.
        clock.forget_lost(station_id)
        log.exception("lost_tracks_not_told", station=str(station_id))


async def _read_window(
    database: Database, clock: StationClock, station_id: StationId
) -> tuple[Window, frozenset[TrackId]]:
    """Return a window, and the tracks of it that may not be played any more."""
    read_at, at = time.monotonic(), present()
    start, end = at - playlists.BEHIND, at + playlists.AHEAD
    async with database.read() as conn:
        station = await records.find_heard(conn, station_id)
        if station is None:
            clock.windows.pop(station_id, None)
            raise StationNotFound
        spans = await clock.read_spans(conn, station_id, start, end)
        taken = await takeovers.list_takeovers(conn, station_id, start, end)
    await compute_spans(spans, end)
    segments = taking.take_over(playlists.list_segments(spans, start, end), taken, at)
    live = {each.id: each for each in taken if each.is_heard}
    wanted = {segment.track_id for segment in segments if segment.takeover_id is None}
    async with database.read() as conn:
        found = await records.list_playable(conn, station.owner_id, list(wanted))
    playable = {each.id: _write_title(each) if each.is_public else None for each in found}
    written = {}
    if segments:
        written = {
            name: playlists.write_playlist(segments, variant, playable, live)
            for name, variant in playlists.VARIANTS.items()
        }
    lost = frozenset(wanted - playable.keys())
    return Window(read_at, written, {}, segments, playable, station.title, live), lost


async def _share_on_air(
    database: Database, clock: StationClock, station_id: StationId, window: Window, urls: UrlBuilder
) -> SharedOnAir:
    """Return what a station plays as listeners share it: one of them computes it."""
    async with clock.lock_of(station_id):
        found = window.shared.get(urls.base)
        if found is not None:
            return found
        complete = await _show_on_air(database, clock, station_id, urls)
        for_visitors = complete
        if not is_for_all(_airings_of(complete)):
            for_visitors = await _leave_out(database, complete, None)
        made = SharedOnAir(complete, for_visitors)
        if len(window.shared) < _MAX_SHARED:
            window.shared[urls.base] = made
        return made


async def _leave_out(database: Database, on_air: OnAir, viewer: Member | None) -> OnAir:
    async with database.read() as conn:
        shown = await leave_out(conn, _airings_of(on_air), viewer)
    current = shown.pop(0) if on_air.now is not None else None
    return structs.replace(on_air, now=current, next=shown)


def _airings_of(on_air: OnAir) -> list[Airing]:
    return [*([] if on_air.now is None else [on_air.now]), *on_air.next]


def _write_title(track: EligibleTrack) -> str:
    return f"{track.artist} - {track.title}"


async def _show_on_air(
    database: Database, clock: StationClock, station_id: StationId, urls: UrlBuilder
) -> OnAir:
    at = present()
    end = at + _LOOK_AHEAD
    async with database.read() as conn:
        spans = await clock.read_spans(conn, station_id, at, end)
        taken = await takeovers.list_takeovers(conn, station_id, at, at)
    await compute_spans(spans, at)
    slots = list(islice(playlists.iterate_slots(spans, at, end), _NEXT + 1))
    async with database.read() as conn:
        airings = await show_slots(conn, slots, urls)
    is_playing = bool(slots) and slots[0][1].starts_at <= at
    following = airings[1:] if is_playing else airings[:_NEXT]
    live = taking.find_live(taken, at)
    if live is not None and live.stream_id is not None and live.title is not None:
        airing = LiveAiring(live.stream_id, live.title, moment_of(live.starts_at))
        return OnAir(now(), None, following, airing)
    return OnAir(now(), airings[0] if is_playing else None, following)
