"""Connections that all workers of a test process share: each would open some and close them again.

A new connection costs 30 ms of both sides: it is opened, and each of its statements planned anew.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from veza.infra.postgres.database import Database, connect


class WorkerConnections:
    """Opens one pool for the workers of one database; those of others open their own."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url, self._stack = url, stack
        self._shared: Database | None = None

    def connect(self, url: str, **how: Any) -> AbstractAsyncContextManager[Database]:
        """Take the place of `connect` in the module of the worker."""
        return self._lend(how) if url == self._url else connect(url, **how)

    @asynccontextmanager
    async def _lend(self, how: dict[str, Any]) -> AsyncGenerator[Database]:
        if self._shared is None:
            self._shared = await self._stack.enter_async_context(connect(self._url, **how))
        yield self._shared
