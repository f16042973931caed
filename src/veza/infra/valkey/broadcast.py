"""Publish and subscribe between processes, through Valkey: it may only hasten what is stored.

A topic is a word, or a word and what it is about: `conversation:<id>`.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import structlog
from valkey.asyncio.client import PubSub
from valkey.exceptions import ValkeyError

from veza.core.ids import new_id
from veza.infra.processes.tasks import running
from veza.infra.valkey.client import GONE, Client

log = structlog.get_logger()

_CHANNEL = "veza:signals"
_FIRST_PAUSE_S = 0.05
_MAX_PAUSE_S = 1.0
# Without a message for so long the server is asked whether it is there. It has as long to answer.
_PROBE_S = 5.0


class NoMessage(ValkeyError):
    """Nothing came over the subscription for a while."""


class Broadcast:
    """Tells every process that a topic has news; what the news is, stands in PostgreSQL."""

    def __init__(self, client: Client) -> None:
        self._client = client
        # What this process says it hears at once, and not again when it comes back.
        self._name = new_id().hex
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._listeners_below: dict[str, list[Callable[[str], None]]] = {}
        self._was_lost = False

    def listen(self, topic: str, listener: Callable[[], None]) -> None:
        """Call `listener` soon after any process said `topic`. It must be quick."""
        self._listeners.setdefault(topic, []).append(listener)

    def listen_below(self, topic: str, listener: Callable[[str], None]) -> None:
        """Call `listener` with what each `topic:…` is about; what goes unheard is lost."""
        self._listeners_below.setdefault(topic, []).append(listener)

    async def say(self, topics: frozenset[str]) -> None:
        """Tell all processes. Where Valkey is gone only this one hears, the others poll."""
        self._hear(topics)
        with suppress(*GONE):
            await self._client.publish(_CHANNEL, ",".join([self._name, *sorted(topics)]))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Listen while inside."""
        async with running(self._run()):
            yield

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
                # The first time at once: it is mostly the connection that is lost, not the server.
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2 or _FIRST_PAUSE_S, _MAX_PAUSE_S)
                self._was_lost = True

    async def _confirm(self, subscription: PubSub) -> None:
        """Wait until the server says that it sends us messages; look for what was missed."""
        await _read(subscription, _PROBE_S)
        if self._was_lost:
            self._was_lost = False
            log.info("subscription_back")
        # What was said while we were not listening is made up for.
        self._hear(frozenset(self._listeners))

    async def _listen(self, subscription: PubSub) -> None:
        while True:
            try:
                message = await _read(subscription, _PROBE_S)
            except NoMessage:
                # A connection can die without a word: then no message ever tells of it.
                await subscription.ping()
                message = await _read(subscription, _PROBE_S)
            if message["type"] == "message":
                name, *topics = message["data"].decode().split(",")
                if name != self._name:
                    self._hear(frozenset(topics))

    def _hear(self, topics: frozenset[str]) -> None:
        for topic in topics:
            for listener in self._listeners.get(topic, []):
                listener()
            name, _, about = topic.partition(":")
            for listener_below in self._listeners_below.get(name, []):
                listener_below(about)


async def _read(subscription: PubSub, timeout_s: float) -> dict[str, Any]:
    """Return the next message of any type. Raises NoMessage after `timeout_s` without one."""
    message = cast(dict[str, Any] | None, await subscription.get_message(timeout=timeout_s))
    if message is None:
        raise NoMessage
    return message
