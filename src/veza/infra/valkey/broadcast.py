"""Signals between processes, by publish and subscribe of Valkey.

A signal may be lost: it only makes processes read sooner what is stored. A topic is a word, or a
word with a subject: `conversation:<id>`.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, cast

import structlog
from valkey.asyncio.client import PubSub
from valkey.exceptions import ValkeyError

from veza.core.ids import new_id
from veza.infra.processes.tasks import running
from veza.infra.valkey.client import GONE, ValkeyClient

log = structlog.get_logger()

_CHANNEL = "veza:signals"
# The least time between two messages of a process, and how much longer patient topics wait.
_PAUSE_S = 0.005
_PATIENCE_S = 0.015
_FIRST_PAUSE_S = 0.05
_MAX_PAUSE_S = 1.0
# After this time without a message the server is pinged, with the same timeout.
_PROBE_S = 5.0


class NoMessage(ValkeyError):
    """No message arrived within the timeout."""


class Broadcast:
    """Signals to every process that a topic has changed; the change itself is in PostgreSQL."""

    def __init__(self, client: ValkeyClient) -> None:
        self._client = client
        self._patient: set[str] = set()
        # Marks the messages of this process, whose listeners were called already.
        self._name = new_id().hex
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._subject_listeners: dict[str, list[Callable[[str], None]]] = {}
        self._was_lost = False
        # Topics that go with the next message, which is sent when the pause is over.
        self._waiting: set[str] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None

    def listen(self, topic: str, listener: Callable[[], None]) -> None:
        """Call `listener` soon after any process signals `topic`. It has to return quickly."""
        self._listeners.setdefault(topic, []).append(listener)

    def listen_subjects(self, topic: str, listener: Callable[[str], None]) -> None:
        """Call `listener` with the subject of each `topic:…`; missed signals are lost."""
        self._subject_listeners.setdefault(topic, []).append(listener)

    def let_wait(self, topic: str) -> None:
        """Delay signals of a topic by up to 20 ms, so that a busy process sends fewer messages."""
        self._patient.add(topic)

    async def signal(self, topics: frozenset[str]) -> None:
        """Signal topics to all processes; without Valkey only to this one, while others poll.

        The topics of all signals within a few milliseconds after a message go with the next one,
        for which nobody waits: a message costs every process as much as a read of a row. If these
        are only patient topics, it is sent some milliseconds later, or with the next urgent one.
        """
        self._notify(topics)
        self._waiting |= topics
        is_patient = self._patience is not None and topics <= self._patient
        if self._pause is None and not is_patient:
            await self._publish(self._take_waiting())

    def running(self) -> AbstractAsyncContextManager[None]:
        """Receive signals while inside."""
        return running(self._run())

    async def _run(self) -> None:
        pause_s = 0.0
        while True:
            try:
                async with self._client.pubsub() as subscription:
                    await subscription.subscribe(_CHANNEL)
                    await self._confirm(subscription)
                    pause_s = 0.0
                    await self._listen(subscription)
            except GONE as error:
                log.warning("valkey_gone", doing="listen", error=repr(error))
                # The first time at once: mostly the connection is lost, not the server.
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2 or _FIRST_PAUSE_S, _MAX_PAUSE_S)
                self._was_lost = True

    async def _confirm(self, subscription: PubSub) -> None:
        """Wait until the subscription is active; notify all listeners of what they missed."""
        await _read(subscription, _PROBE_S)
        if self._was_lost:
            self._was_lost = False
            log.info("subscription_back")
        self._notify(frozenset(self._listeners))

    async def _listen(self, subscription: PubSub) -> None:
        while True:
            try:
                message = await _read(subscription, _PROBE_S)
            except NoMessage:
                # A connection can be dropped silently.
                await subscription.ping()
                message = await _read(subscription, _PROBE_S)
            if message["type"] == "message":
                name, *topics = message["data"].decode().split(",")
                if name != self._name:
                    self._notify(frozenset(topics))

    def _take_waiting(self) -> str:
        """Return the next message; from now on, further topics wait."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self._pause = asyncio.get_running_loop().call_later(_PAUSE_S, self._end_pause)
        topics = self._waiting
        self._waiting = set()
        return ",".join([self._name, *sorted(topics)])

    async def _publish(self, message: str) -> None:
        with suppress(*GONE):
            await self._client.publish(_CHANNEL, message)

    def _end_pause(self) -> None:
        self._pause = None
        if self._waiting and self._waiting <= self._patient:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(_PATIENCE_S, self._send_waiting)
        elif self._waiting:
            self._send_waiting()

    def _send_waiting(self) -> None:
        self._sending = asyncio.create_task(self._publish(self._take_waiting()))

    def _notify(self, topics: frozenset[str]) -> None:
        for topic in topics:
            for listener in self._listeners.get(topic, []):
                listener()
            name, _, subject = topic.partition(":")
            for listener in self._subject_listeners.get(name, []):
                listener(subject)


async def _read(subscription: PubSub, timeout_s: float) -> dict[str, Any]:
    """Return the next message of any type. Raises NoMessage after `timeout_s` without one."""
    message = cast(dict[str, Any] | None, await subscription.get_message(timeout=timeout_s))
    if message is None:
        raise NoMessage
    return message
