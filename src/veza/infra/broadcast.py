"""Publish and subscribe between processes, through Valkey: it may only hasten what is stored.

A topic is a word, or a word and what it is about: `conversation:<id>`.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import cast

import structlog

from veza.core.ids import new_id
from veza.infra.tasks import running
from veza.infra.valkey import GONE, Client

log = structlog.get_logger()

_CHANNEL = "veza:signals"
_PAUSE_S = 1.0
_LISTEN_S = 30.0


class Broadcast:
    """Tells every process that a topic has news; what the news is, stands in PostgreSQL."""

    def __init__(self, client: Client) -> None:
        self._client = client
        # What this process says it hears at once, and not again when it comes back.
        self._name = new_id().hex
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._listeners_below: dict[str, list[Callable[[str], None]]] = {}

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
        while True:
            try:
                await self._subscribe()
            except GONE as error:
                log.warning("valkey_gone", doing="listen", error=str(error))
                await asyncio.sleep(_PAUSE_S)

    async def _subscribe(self) -> None:
        async with self._client.pubsub() as subscription:
            await subscription.subscribe(_CHANNEL)
            # What was said while we were not listening is made up for.
            self._hear(frozenset(self._listeners))
            while True:
                message = cast(
                    dict[str, bytes] | None,
                    await subscription.get_message(
                        ignore_subscribe_messages=True, timeout=_LISTEN_S
                    ),
                )
                if message is not None:
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
