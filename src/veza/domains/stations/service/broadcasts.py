"""Sends the sound of stations to radios that know no playlists: one task for each station.

It reads each stored segment once for all listeners of this process, and nothing is encoded. What
it has to send is the same for all; a listener who does not take it in time is left behind.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import takewhile

import structlog
from msgspec import Struct

from veza.core.errors import Unavailable, VezaError
from veza.core.ids import StationId
from veza.domains.music.audio.service import segments
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.stations.errors import StationSilent, TooManyListeners
from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.models.takeovers import Takeover
from veza.domains.stations.rules.pieces import cut_segment, write_silence
from veza.domains.stations.rules.playlists import ListedSegment
from veza.domains.stations.rules.takeovers import key_of
from veza.domains.stations.service.clock import StationClock, Window, present
from veza.domains.stations.service.live_sound import config_of
from veza.domains.stations.service.playing import get_window
from veza.infra.media.fragments import read_frames
from veza.infra.postgres.database import Database
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage

log = structlog.get_logger()

# So much is sent before its time, at once to those who begin to listen.
LEAD = 8 * SECOND
# With the next, the longest that a station that is hidden is still sent.
_TURN_S = 1.0
_FRESH_S = 1.0
# Who is so far behind is left.
_MAX_BEHIND = 24 * SECOND
# For so long it is asked again whether a station may be heard, while nothing of it is sent.
_PATIENCE = 20 * SECOND
MAX_LISTENERS = 500
MAX_OF_STATION = 200
MAX_OF_NETWORK = 8
_RETRY_AFTER_S = 60


class SoundPiece(Struct, frozen=True):
    """A piece of sound, of a second or less, which ends at a moment; silence is of no segment."""

    title: str
    sound: bytes
    ends_at: int
    segment: ListedSegment | None = None


class StationListener:
    """One connection: what waits for it, and whether it has ended."""

    def __init__(self, pieces: Sequence[SoundPiece]) -> None:
        self._pieces = deque(pieces)
        # The end of what was taken: what is made anew for others is not sent twice.
        self._taken_until = 0
        self._is_there = asyncio.Event()
        self.has_ended = asyncio.Event()
        if pieces:
            self._is_there.set()

    def offer(self, piece: SoundPiece) -> None:
        """Add a piece, unless its time is filled, or end: who is so far behind is left."""
        filled_until = self._pieces[-1].ends_at if self._pieces else self._taken_until
        if piece.ends_at <= filled_until:
            return
        if self._pieces and piece.ends_at - self._pieces[0].ends_at >= _MAX_BEHIND:
            self.has_ended.set()
            return
        self._pieces.append(piece)
        self._is_there.set()

    def forget(self, window: Window | None) -> None:
        """Drop what waits, and may not be heard any more."""
        if self._pieces:
            self._pieces = deque(each for each in self._pieces if _may_hear(window, each))

    async def take(self) -> list[SoundPiece]:
        """Return all that waits, when there is something."""
        await self._is_there.wait()
        self._is_there.clear()
        pieces = list(self._pieces)
        self._pieces.clear()
        self._taken_until = max([self._taken_until, *(each.ends_at for each in pieces)])
        return pieces


class StationBroadcast:
    """The sound of one station as this process sends it."""

    def __init__(
        self, database: Database, clock: StationClock, storage: Storage, station_id: StationId
    ) -> None:
        self._sources = database, clock
        self._storage = storage
        self._station_id = station_id
        self._title = ""
        self._at = present()
        self._learned_at = self._at
        self._read: tuple[ListedSegment, list[bytes]] | None = None
        self._recent: deque[SoundPiece] = deque()
        self.listeners: set[StationListener] = set()

    def join(self) -> StationListener:
        """Return a new listener, for whom all waits that is not over yet."""
        at = present()
        joined = StationListener([piece for piece in self._recent if piece.ends_at > at])
        self.listeners.add(joined)
        return joined

    async def run(self) -> None:
        """Send until nobody listens, or the station is not on air any more."""
        try:
            while self.listeners:
                await self._take_turn()
                await asyncio.sleep(_TURN_S)
        except VezaError as error:
            log.info("broadcast_ended", station=str(self._station_id), code=error.code)
        except Exception:
            log.exception("broadcast_failed", station=str(self._station_id))
        finally:
            for each in self.listeners:
                each.has_ended.set()

    async def _take_turn(self) -> None:
        """Send what is due; without knowing that the station may be heard, silence for a while."""
        try:
            window = await get_window(*self._sources, self._station_id, _FRESH_S)
            await self._send(window)
        except Unavailable as error:
            if present() - self._learned_at > _PATIENCE:
                raise
            log.info("broadcast_waits", station=str(self._station_id), code=error.code)
            await self._send(None)
        else:
            self._learned_at = present()

    async def _send(self, window: Window | None) -> None:
        """Give all listeners what is due: silence only once they have nothing else."""
        now = present()
        self._forget(window, now)
        # After a pause of this process nobody waits for what is over.
        self._at = max(self._at, now - SECOND)
        lead = SECOND if window is None else LEAD
        while self._at < now + lead:
            end = self._at + SECOND
            for piece in await self._make(window, self._at, end):
                self._recent.append(piece)
                for each in self.listeners:
                    each.offer(piece)
            self._at = end
        while self._recent and self._recent[0].ends_at <= now:
            self._recent.popleft()

    def _forget(self, window: Window | None, now: int) -> None:
        """Drop what may not be heard any more, and what follows: it is made anew."""
        kept = list(takewhile(lambda each: _may_hear(window, each), self._recent))
        if len(kept) < len(self._recent):
            self._recent = deque(kept)
            self._at = kept[-1].ends_at if kept else now
        for each in self.listeners:
            each.forget(window)

    async def _make(self, window: Window | None, start: int, end: int) -> list[SoundPiece]:
        """Return the sound between two moments, in the pieces that have titles of their own."""
        if window is None:
            return [self._write_silence(start, end)]
        self._title = window.station_title
        made: list[SoundPiece] = []
        at = start
        for segment in _list_heard(window, start, end):
            if segment.starts_at > at:
                made.append(self._write_silence(at, segment.starts_at))
                at = segment.starts_at
            until = min(end, segment.ends_at)
            frames = await self._read_frames(window, segment)
            if frames:
                sound = cut_segment(segment, frames, at, until)
                title = window.title_of(segment) or self._title
                made.append(SoundPiece(title, sound, until, segment))
            else:
                made.append(self._write_silence(at, until))
            at = until
        if at < end:
            made.append(self._write_silence(at, end))
        return made

    def _write_silence(self, start: int, end: int) -> SoundPiece:
        return SoundPiece(self._title, write_silence(start, end), end)

    async def _read_frames(self, window: Window, segment: ListedSegment) -> list[bytes]:
        if self._read is None or self._read[0] != segment:
            if segment.takeover_id is None:
                frames = await segments.read_aac(self._storage, segment.track_id, segment.index)
            else:
                frames = await self._read_live(window.live[segment.takeover_id], segment.number)
            self._read = segment, frames
        return self._read[1]

    async def _read_live(self, takeover: Takeover, number: int) -> list[bytes]:
        try:
            content = await self._storage.read_all(key_of(takeover, number))
        except ObjectMissing:
            return []
        return read_frames(config_of(takeover), content)


class StationBroadcasts:
    """The broadcasts of this process, and how many listen to them."""

    def __init__(self, database: Database, audio: AudioStorage, clock: StationClock) -> None:
        self._database = database
        self._audio = audio
        self._clock = clock
        self._running: dict[StationId, tuple[StationBroadcast, asyncio.Task[None]]] = {}
        self._networks: Counter[str] = Counter()

    async def join(self, station_id: StationId, network: str) -> StationListener:
        """Begin to listen. Raises StationNotFound, StationSilent and TooManyListeners.

        Whoever joined has to leave.
        """
        window = await get_window(self._database, self._clock, station_id, _FRESH_S)
        if not window.segments:
            raise StationSilent
        running = self._running.get(station_id)
        listening = 0 if running is None else len(running[0].listeners)
        is_full = self._networks.total() >= MAX_LISTENERS or listening >= MAX_OF_STATION
        if is_full or self._networks[network] >= MAX_OF_NETWORK:
            raise TooManyListeners(retry_after=_RETRY_AFTER_S)
        if running is None or running[1].done():
            running = self._start(station_id)
        self._networks[network] += 1
        return running[0].join()

    def leave(self, station_id: StationId, network: str, listener: StationListener) -> None:
        """End listening."""
        self._networks[network] -= 1
        if not self._networks[network]:
            del self._networks[network]
        listener.has_ended.set()
        # Without listeners it ends by itself: what it does at this moment is not broken off.
        if station_id in self._running:
            self._running[station_id][0].listeners.discard(listener)

    def _start(self, station_id: StationId) -> tuple[StationBroadcast, asyncio.Task[None]]:
        broadcast = StationBroadcast(self._database, self._clock, self._audio.storage, station_id)
        running = broadcast, asyncio.create_task(broadcast.run())
        self._running[station_id] = running
        running[1].add_done_callback(lambda _: self._forget(station_id, broadcast))
        return running

    def _forget(self, station_id: StationId, ended: StationBroadcast) -> None:
        running = self._running.get(station_id)
        if running is not None and running[0] is ended:
            del self._running[station_id]


def _may_hear(window: Window | None, piece: SoundPiece) -> bool:
    """Return whether a piece may still be heard; without a window, what is live may not."""
    if piece.segment is None:
        return True
    if window is None:
        return piece.segment.takeover_id is None
    return window.hears(piece.segment)


def _list_heard(window: Window, start: int, end: int) -> Iterator[ListedSegment]:
    """Yield the segments between two moments that may be played, in their order."""
    for segment in window.segments:
        if segment.starts_at < end and segment.ends_at > start and window.hears(segment):
            yield segment
