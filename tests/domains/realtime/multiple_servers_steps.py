"""Steps and values that tests of realtime share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tests.journeys.served import Server, prepared
from veza.app.services import Services
from veza.infra.security.secrets import load_secrets


def _address(server: Server) -> str:
    return f"ws://127.0.0.1:{server.port}/api/v1/chat/ws"


@asynccontextmanager
async def running(services: Services, count: int, *options: str) -> AsyncIterator[list[Server]]:
    """Servers as on several machines, on the engines of this test process."""
    settings = {
        "VEZA_DATABASE_URL": services.addresses.database,
        "VEZA_MIGRATION_DATABASE_URL": services.addresses.migration,
        "VEZA_VALKEY_URL": services.addresses.valkey,
        "VEZA_JWT_SECRET": load_secrets(services.settings.data_dir).master,
    }
    async with AsyncExitStack() as stack:
        made = [
            stack.enter_context(prepared("--no-worker", *options, **settings)) for _ in range(count)
        ]
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in made))
        yield made
        for server in made:
            if not server.has_ended:
                await asyncio.to_thread(server.stop)
