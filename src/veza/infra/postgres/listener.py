"""A connection that receives notifications (NOTIFY) and is replaced when it is lost.

The driver does not report the loss of such a connection: no statement is sent that could fail.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from veza.infra.postgres.pool import LOST, Open, Raw, answer_within
from veza.infra.processes.tasks import wait_for

log = structlog.get_logger()

# A connection that is dropped silently (by a firewall, or a frozen server) is detected by a
# statement this often, with this timeout.
PROBE_EVERY_S = 5.0
PROBE_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 10.0
MAX_PAUSE_S = 1.0

type OnPayload = Callable[[str], None]


class NotificationListener:
    """Calls `on_payload` for each notification on `channel` until it is closed.

    `on_recovery` is called when a lost connection was replaced: notifications in between are
    lost, so the owner has to poll. Losses and recoveries are logged.
    """

    def __init__(
        self, open_one: Open, channel: str, on_payload: OnPayload, on_recovery: Callable[[], None]
    ) -> None:
        self._open_one = open_one
        self._channel = channel
        self._on_payload = on_payload
        self._on_recovery = on_recovery
        self._raw: Raw | None = None
        self._keeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start listening. Raises errors of connecting; later losses are repaired."""
        lost = await self._connect()
        self._keeping = asyncio.create_task(self._keep(lost))

    async def close(self) -> None:
        """Stop listening."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        if self._raw is not None:
            self._raw.terminate()

    async def _connect(self) -> asyncio.Event:
        """Open a listening connection; return an event that is set when it is lost."""
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            raw = await self._open_one()
            try:
                await raw.add_listener(self._channel, self._receive)
            except BaseException:
                raw.terminate()
                raise
        lost = asyncio.Event()
        raw.add_termination_listener(lambda _: lost.set())
        if raw.is_closed():
            lost.set()
        self._raw = raw
        return lost

    def _receive(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self._on_payload(str(payload))

    async def _keep(self, lost: asyncio.Event) -> None:
        while True:
            await self._wait_until_lost(lost)
            log.warning("listener_lost", channel=self._channel)
            lost = await self._reconnect()
            log.info("listener_back", channel=self._channel)
            self._on_recovery()

    async def _wait_until_lost(self, lost: asyncio.Event) -> None:
        assert self._raw is not None
        while not lost.is_set():
            await wait_for(lost, PROBE_EVERY_S)
            if not lost.is_set():
                try:
                    await answer_within(self._raw, self._raw.execute("select"), PROBE_TIMEOUT_S)
                except LOST:
                    self._raw.terminate()
                    return

    async def _reconnect(self) -> asyncio.Event:
        """Connect again: at once, then with growing pauses."""
        pause_s = 0.05
        while True:
            try:
                return await self._connect()
            except LOST:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, MAX_PAUSE_S)
