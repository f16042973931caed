"""Serves the HLS playlists of a station, its current and next tracks, and its history."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from veza.core.clock import now
from veza.core.csv_rows import Cell
from veza.core.ids import StationId, TrackId
from veza.core.pages import Cursor, encode_cursor
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.stations.errors import StationNotFound, StationSilent
from veza.domains.stations.models.marks import Slot
from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.models.stations import Airing, AiringPage, OnAir
from veza.domains.stations.queries import marks, records
from veza.domains.stations.rules import playlists
from veza.domains.stations.rules.playlists import TimelineSpan
from veza.domains.stations.rules.timeline import Timeline
from veza.domains.stations.service import rotations
from veza.domains.stations.service.clock import StationClock, Window, join_spans, present
from veza.infra.postgres.database import Conn, Database

_NEXT = 5
_LOOK_AHEAD = 6 * 3600 * SECOND
# Of different addresses of one server.
_MAX_SHOWN = 4


class PlayingContext(Struct, frozen=True):
    """The services and settings to play a station."""

    clock: StationClock
    audio: AudioStorage


async def read_playlist(
    database: Database, context: PlayingContext, station_id: StationId, name: str
) -> bytes:
    """Return a playlist of a station on air. Raises StationNotFound and StationSilent."""
    if name != playlists.MASTER and name not in playlists.VARIANTS:
        raise StationNotFound
    window = await _get_window(database, context, station_id)
    if name == playlists.MASTER:
        return playlists.write_master()
    if not window.playlists:
        raise StationSilent
    return window.playlists[name]


async def get_on_air(
    database: Database, context: PlayingContext, station_id: StationId, urls: UrlBuilder
) -> OnAir:
    """Return what a station plays, and what follows. Raises StationNotFound."""
    window = await _get_window(database, context, station_id)
    if urls.base not in window.shown:
        async with database.read() as conn:
            made = await _show_on_air(conn, context.clock, station_id, urls)
        if len(window.shown) >= _MAX_SHOWN:
            return made
        window.shown[urls.base] = made
    return window.shown[urls.base]


async def list_history(
    conn: Conn, station_id: StationId, urls: UrlBuilder, *, limit: int, cursor: Cursor | None
) -> AiringPage:
    """Return what a station played, the latest first."""
    before = present() if cursor is None else round(cursor.created_at.timestamp() * SECOND)
    found: list[tuple[TimelineSpan, Slot]] = []
    end = min(before, present())
    edge = end
    while len(found) <= limit:
        earlier = await marks.list_earlier(conn, station_id, edge)
        if not earlier:
            break
        clock = StationClock()
        known = await clock.read_rotations(conn, earlier)
        timelines = [Timeline(known[each.rotation_id], each) for each in reversed(earlier)]
        spans = join_spans(timelines)
        spans[-1] = TimelineSpan(timelines[-1], edge)
        start = earlier[-1].starts_at
        slots = await asyncio.to_thread(playlists.list_slots, spans, start, edge)
        found = [*slots, *found]
        edge = start
    last = found[-limit - 1 :]
    page = last[1:] if len(last) > limit else last
    if not page:
        return AiringPage([], None, has_more=False)
    airings = (await _show(conn, page, urls))[::-1]
    has_more = len(last) > limit
    next_cursor = encode_cursor(Cursor(airings[-1].starts_at, station_id)) if has_more else None
    return AiringPage(airings, next_cursor, has_more)


async def list_report(
    conn: Conn, station_id: StationId, start: datetime, end: datetime
) -> list[Sequence[Cell]]:
    """Return the rows of a report: what played from one moment to another, and for how long."""
    first, last = round(start.timestamp() * SECOND), round(end.timestamp() * SECOND)
    last = min(last, present())
    found = await marks.list_marks(conn, station_id, first, last)
    known = await StationClock().read_rotations(conn, found)
    spans = join_spans([Timeline(known[each.rotation_id], each) for each in found])
    slots = await asyncio.to_thread(playlists.list_slots, spans, first, last)
    ids = list({span.timeline.rotation.tracks[slot.track].id for span, slot in slots})
    codes = {each.id: each.isrc for each in await records.list_isrcs(conn, ids)}
    rows: list[Sequence[Cell]] = [
        ("starts_at", "seconds", "kind", "title", "artist", "isrc", "track_id")
    ]
    for span, slot in slots:
        track = span.timeline.rotation.tracks[slot.track]
        seconds = round((_end_of(span, slot) - slot.starts_at) / SECOND)
        kind = "jingle" if slot.is_jingle else "track"
        moment = _moment(slot.starts_at).isoformat(timespec="seconds")
        code = codes.get(track.id)
        rows.append((moment, seconds, kind, track.title, track.artist, code, str(track.id)))
    return rows


async def _get_window(database: Database, context: PlayingContext, station_id: StationId) -> Window:
    """Return what all listeners of this node share, read anew if it is too old."""
    clock = context.clock
    found = clock.windows.get(station_id)
    if found is not None and found.is_fresh:
        return found
    async with clock.lock_of(station_id):
        found = clock.windows.get(station_id)
        if found is not None and found.is_fresh:
            return found
        made, has_lost = await _read_window(database, clock, station_id)
        clock.keep_window(station_id, made)
    if has_lost:
        await rotations.replace_lost(database, context.audio, station_id)
    return made


async def _read_window(
    database: Database, clock: StationClock, station_id: StationId
) -> tuple[Window, bool]:
    """Return a window, and whether a track of it may not be played any more."""
    read_at = time.monotonic()
    async with database.read() as conn:
        if not await records.is_on_air(conn, station_id):
            clock.windows.pop(station_id, None)
            raise StationNotFound
        at = present()
        start, end = at - playlists.BEHIND, at + playlists.AHEAD
        spans = await clock.read_spans(conn, station_id, start, end)
        segments = playlists.list_segments(spans, start, end)
        wanted = list({segment.track_id for segment in segments})
        playable = {each.id for each in await records.list_playable(conn, station_id, wanted)}
    written = {}
    if segments:
        written = {
            name: playlists.write_playlist(segments, variant, playable)
            for name, variant in playlists.VARIANTS.items()
        }
    return Window(read_at, written, {}), len(playable) < len(wanted)


async def _show_on_air(
    conn: Conn, clock: StationClock, station_id: StationId, urls: UrlBuilder
) -> OnAir:
    at = present()
    spans = await clock.read_spans(conn, station_id, at, at + _LOOK_AHEAD)
    slots = playlists.list_slots(spans, at, at + _LOOK_AHEAD)[: _NEXT + 1]
    airings = await _show(conn, slots, urls)
    is_playing = bool(slots) and slots[0][1].starts_at <= at
    current = airings[0] if is_playing else None
    return OnAir(now(), current, airings[1:] if is_playing else airings[:_NEXT])


async def _show(
    conn: Conn, slots: Sequence[tuple[TimelineSpan, Slot]], urls: UrlBuilder
) -> list[Airing]:
    ids = list({_track_of(span, slot) for span, slot in slots if not slot.is_jingle})
    found = await visible_tracks.find_visible_tracks(conn, ids, None, urls) if ids else {}
    return [_show_slot(span, slot, found) for span, slot in slots]


def _show_slot(span: TimelineSpan, slot: Slot, found: dict[TrackId, Track]) -> Airing:
    track = None if slot.is_jingle else found.get(_track_of(span, slot))
    if track is not None and track.visibility is not Visibility.PUBLIC:
        track = None
    starts_at, ends_at = _moment(slot.starts_at), _moment(_end_of(span, slot))
    return Airing(slot.number, starts_at, ends_at, slot.is_jingle, track)


def _track_of(span: TimelineSpan, slot: Slot) -> TrackId:
    return span.timeline.rotation.tracks[slot.track].id


def _end_of(span: TimelineSpan, slot: Slot) -> int:
    return slot.ends_at if span.until is None else min(slot.ends_at, span.until)


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at // SECOND, UTC).replace(microsecond=at % SECOND)
