"""Lists what a station played, for listeners and for the report of its owner.

It is computed again from marks, in pieces, while no connection is held: the caller holds one of the
slots of expensive reads. Marks are read one after the other, as their rotations may be long.
"""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from itertools import batched

from veza.core.csv_rows import Cell, write_rows
from veza.core.errors import FieldError, Invalid
from veza.core.ids import StationId, TrackId
from veza.core.pages import Cursor, encode_cursor
from veza.core.signed_urls import UrlBuilder
from veza.domains.stations.models.marks import Slot
from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.models.stations import AiringPage, AiringQuery, StoredMark
from veza.domains.stations.models.takeovers import Takeover
from veza.domains.stations.queries import marks, records, takeovers
from veza.domains.stations.rules import playlists
from veza.domains.stations.rules.playlists import TimelineSpan
from veza.domains.stations.rules.takeovers import find_heard
from veza.domains.stations.rules.timeline import Timeline
from veza.domains.stations.service.airings import leave_out, moment_of, show_slots
from veza.domains.stations.service.clock import present
from veza.domains.stations.service.computing import compute_spans
from veza.infra.concurrency.pieces import in_pieces
from veza.infra.postgres.database import Conn

type Reading = Callable[[], AbstractAsyncContextManager[Conn]]
type _Played = list[tuple[TimelineSpan, Slot]]

# Of a page of the history: in days of silence there is nothing, and the next page goes on.
MAX_MARKS_A_PAGE = 24
MAX_ROWS = 100_000
_MARKS_AT_ONCE = 8
_HEADER = ("starts_at", "seconds", "kind", "title", "artist", "isrc", "track_id")


async def list_history(
    read: Reading, station_id: StationId, query: AiringQuery, urls: UrlBuilder
) -> AiringPage:
    """Return what a station played, the latest first, with the tracks that a viewer wants."""
    limit, cursor = query.limit, query.cursor
    edge = present()
    if cursor is not None:
        edge = min(edge, round(cursor.created_at.timestamp() * SECOND))
    found, rest = await _find_before(read, station_id, edge, limit + 1)
    page = found[-limit:]
    if len(found) > limit:
        rest = page[0][1].starts_at
    async with read() as conn:
        airings = await leave_out(conn, await show_slots(conn, page, urls), query.viewer)
    next_cursor = None if rest is None else encode_cursor(Cursor(moment_of(rest), station_id))
    return AiringPage(airings[::-1], next_cursor, rest is not None)


async def _find_before(
    read: Reading, station_id: StationId, edge: int, count: int
) -> tuple[_Played, int | None]:
    """Return the last slots before a moment, and the moment before which there may be others."""
    found: _Played = []
    for _ in range(MAX_MARKS_A_PAGE):
        if len(found) >= count:
            break
        async with read() as conn:
            mark = await marks.find_earlier(conn, station_id, edge)
            start = edge if mark is None else mark.starts_at
            taken = await takeovers.list_takeovers(conn, station_id, start, edge)
        if mark is None:
            return found, None
        spans = [TimelineSpan(Timeline(mark.content, mark), edge)]
        await compute_spans(spans, edge)
        slots = playlists.list_slots(spans, mark.starts_at, edge)
        heard = [
            slot
            async for piece in in_pieces(slots)
            for slot in piece
            if find_heard(*slot, taken)[1] > 0
        ]
        found = [*heard, *found]
        edge = mark.starts_at
    return found, edge


async def write_report(
    read: Reading, station_id: StationId, start: datetime, end: datetime
) -> bytes:
    """Return a report as CSV: what played from one moment to another, and for how long."""
    first, last = round(start.timestamp() * SECOND), round(end.timestamp() * SECOND)
    last = min(last, present())
    async with read() as conn:
        found = await marks.list_marks(conn, station_id, first, last)
        taken = await takeovers.list_takeovers(conn, station_id, first, last)
    written, count = [write_rows([_HEADER])], 0
    streams = [each for each in taken if each.ends_at > first]
    async for spans, codes in _read_spans(read, found):
        # At most those of about a day before a timeline is refused.
        await compute_spans(spans, last)
        slots = playlists.iterate_slots(spans, first, last)
        async for piece in in_pieces(_list_rows(slots, codes, taken, streams)):
            count += len(piece)
            if count > MAX_ROWS:
                message = f"This period has more than {MAX_ROWS} rows: choose a shorter one."
                raise Invalid(details=[FieldError("from", message, "too_many", MAX_ROWS)])
            written.append(write_rows(piece))
    written.append(write_rows([_write_stream(each) for each in streams]))
    return b"".join(written)


async def _read_spans(
    read: Reading, found: Sequence[StoredMark]
) -> AsyncGenerator[tuple[list[TimelineSpan], dict[TrackId, str]]]:
    """Yield the timelines of some marks at a time, with the ISRC of their tracks."""
    ends = [*(mark.starts_at for mark in found[1:]), None]
    for some in batched(zip(found, ends, strict=True), _MARKS_AT_ONCE):
        async with read() as conn:
            ids = {mark.rotation_id for mark, _ in some}
            stored = await marks.list_rotations(conn, list(ids))
            known = {each.id: each.content for each in stored}
            tracks = {track.id for content in known.values() for track in content.tracks}
            codes = {each.id: each.isrc for each in await records.list_isrcs(conn, list(tracks))}
        for mark, until in some:
            timeline = Timeline(known[mark.rotation_id], mark)
            yield [TimelineSpan(timeline, until)], codes


def _list_rows(
    slots: Iterator[tuple[TimelineSpan, Slot]],
    codes: dict[TrackId, str],
    taken: Sequence[Takeover],
    streams: list[Takeover],
) -> Iterator[Sequence[Cell]]:
    """Yield what was heard, each of the streams in its place."""
    for span, slot in slots:
        start, heard = find_heard(span, slot, taken)
        if heard <= 0:
            continue
        while streams and streams[0].starts_at < start:
            yield _write_stream(streams.pop(0))
        track = span.timeline.rotation.tracks[slot.track]
        seconds = round(heard / SECOND)
        kind = "jingle" if slot.is_jingle else "track"
        moment = moment_of(start).isoformat(timespec="seconds")
        code = codes.get(track.id)
        yield moment, seconds, kind, track.title, track.artist, code, str(track.id)


def _write_stream(takeover: Takeover) -> Sequence[Cell]:
    moment = moment_of(takeover.starts_at).isoformat(timespec="seconds")
    seconds = round((takeover.ends_at - takeover.starts_at) / SECOND)
    stream_id = None if takeover.stream_id is None else str(takeover.stream_id)
    return moment, seconds, "live", takeover.title or "", "", None, stream_id
