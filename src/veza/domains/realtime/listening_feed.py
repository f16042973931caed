"""Send what rooms play to their members who are connected, and keep the clock of rooms.

A signal starts the reading of a room. Every second all rooms are compared with what was sent, so
that a lost signal loses no change. Only the latest state of a room is sent.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from uuid import UUID

import structlog

from veza.core.errors import Unavailable
from veza.core.ids import ConversationId
from veza.domains.listening import rules, shared_queries
from veza.domains.listening.models import SharedState
from veza.domains.realtime.connections import Channel, Connection
from veza.domains.realtime.models import FrameType, ListeningData, PingData, ServerFrame
from veza.infra.postgres.database import Conn, Database
from veza.infra.processes.tasks import running
from veza.server.websocket_sender import make_frame

log = structlog.get_logger()

INTERVAL_S = 1.0
# For how long after a ping a member listens.
HEARD_FOR_S = 60.0
# The number of rooms per statement.
_BATCH = 1000
# How many measurements of the clock are compared.
_SAMPLES = 16


class SharedClock:
    """The clock of the database as this process knows it: the same on all nodes."""

    def __init__(self) -> None:
        # How long each measurement took, and how far the clock of this process was behind, in s.
        self._samples: deque[tuple[float, float]] = deque(maxlen=_SAMPLES)

    def note(self, sent_at: float, database_at: float, received_at: float) -> None:
        """Note what the database's clock showed between two moments, all in Unix seconds."""
        took = received_at - sent_at
        self._samples.append((took, database_at - (sent_at + received_at) / 2))

    def time_ms(self) -> float:
        """Return the time in milliseconds since 1970: by the measurement that took least."""
        behind = min(self._samples)[1] if self._samples else 0.0
        return (time.time() + behind) * 1000


class ListeningFeed:
    """Sends changes of listening rooms to the connections of this process."""

    def __init__(self, database: Database, channels: Mapping[ConversationId, Channel]) -> None:
        self.clock = SharedClock()
        self._database = database
        self._channels = channels
        # Rooms to read at once. A dict keeps the order.
        self._changed: dict[ConversationId, None] = {}
        # When somebody here last said that they listen.
        self._heard_at: dict[ConversationId, float] = {}
        self._wake = asyncio.Event()
        # When all rooms are compared next, by the monotonic clock.
        self._compare_at = 0.0

    def on_changed(self, subject: str) -> None:
        """Read a room at once: a listener of the signal."""
        conversation_id = ConversationId(UUID(subject))
        if conversation_id in self._channels:
            self._changed[conversation_id] = None
            self._wake.set()

    def note_listener(self, connection: Connection, ping: PingData | None) -> None:
        """Note that a member listens, so that the room they are in goes on."""
        heard = None if ping is None else ping.conversation_id
        if heard is not None and heard in connection.joined:
            self._heard_at[heard] = time.monotonic()

    def running(self) -> AbstractAsyncContextManager[None]:
        """Send what changes while inside the context."""
        return running(self._run())

    async def _run(self) -> None:
        while True:
            wait_s = max(0.0, self._compare_at - time.monotonic())
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            try:
                await self.send_changes(self._take_wanted())
            except Unavailable as error:
                # The next comparison finds what is missing.
                log.warning("listening_unread", error=str(error))
            except Exception:
                # If this loop ended, rooms would stand still.
                log.exception("listening_unread")

    def _take_wanted(self) -> list[ConversationId]:
        """Return the rooms to read now: all of them each second, however many signals come."""
        self._wake.clear()
        self._forget()
        wanted = self._changed
        self._changed = {}
        if time.monotonic() >= self._compare_at:
            self._compare_at = time.monotonic() + INTERVAL_S
            return list(self._channels)
        return list(wanted)

    def _forget(self) -> None:
        for conversation_id in self._heard_at.keys() - self._channels.keys():
            del self._heard_at[conversation_id]

    async def send_changes(self, conversation_ids: Sequence[ConversationId]) -> None:
        """Read rooms, and send those that are not as they were."""
        due: list[ConversationId] = []
        for first in range(0, len(conversation_ids), _BATCH):
            batch = conversation_ids[first : first + _BATCH]
            async with self._database.read() as conn:
                states = await shared_queries.list_states(conn, batch, rules.NOTED_EVERY)
                if states:
                    await self._measure_clock(conn)
            found = {state.conversation_id: state for state in states}
            for conversation_id in batch:
                self._send(conversation_id, found.get(conversation_id))
            due += [each.conversation_id for each in states if each.is_due and self._is_heard(each)]
        if due:
            async with self._database.transaction(recorded=False) as tx:
                await shared_queries.update_heard(tx, due)

    def _is_heard(self, state: SharedState) -> bool:
        heard_at = self._heard_at.get(state.conversation_id)
        return heard_at is not None and time.monotonic() - heard_at < HEARD_FOR_S

    def _send(self, conversation_id: ConversationId, state: SharedState | None) -> None:
        channel = self._channels.get(conversation_id)
        version = state.version if state is not None else None
        if channel is None or version == channel.listening_version:
            return
        channel.listening_version = version
        shown = rules.show_shared(state) if state is not None else None
        frame = make_frame(ServerFrame(FrameType.LISTENING, ListeningData(channel.id, shown)))
        for connection in list(channel.subscriptions):
            connection.sender.send(frame)

    async def _measure_clock(self, conn: Conn) -> None:
        sent_at = time.time()
        database_at = await shared_queries.read_clock(conn)
        self.clock.note(sent_at, database_at.timestamp(), time.time())
