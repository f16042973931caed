"""Looks into the storage of a server that runs: its folder, or the S3 of a cluster."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.journeys.served import Server
from veza.app.services import open_services
from veza.app.settings.environment import read_settings
from veza.infra.storage.objects import Storage


def list_stored(server: Server, prefix: str) -> list[str]:
    """Return the keys of the objects below a prefix."""

    async def run() -> list[str]:
        async with _opened(server) as storage:
            return await storage.list_keys(prefix)

    return asyncio.run(run())


def hash_stored(server: Server, key: str) -> bytes:
    """Return the SHA-256 of an object."""

    async def run() -> bytes:
        digest = hashlib.sha256()
        async with _opened(server) as storage:
            async for chunk in storage.read(key):
                digest.update(chunk)
        return digest.digest()

    return asyncio.run(run())


@asynccontextmanager
async def _opened(server: Server) -> AsyncIterator[Storage]:
    async with open_services(read_settings(server.environment())) as services:
        yield services.storage
