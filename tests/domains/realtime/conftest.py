"""A real server with one HTTP process, and what makes people and conversations in its database."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.journeys.served import Server, filled
from veza.app.services import Services, open_services
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings


@pytest.fixture(scope="package")
async def server() -> AsyncIterator[Server]:
    with filled("--workers", "1", "--no-worker") as made:
        await asyncio.to_thread(made.start)
        yield made
        await asyncio.to_thread(made.stop)


@pytest.fixture(scope="package")
async def served(server: Server) -> AsyncIterator[Services]:
    """Services on the same engines: another process to the server."""
    async with open_services(Settings(env=Environment.TEST, data_dir=server.data_dir)) as services:
        yield services


@pytest.fixture(scope="package")
def address(server: Server) -> str:
    return f"ws://127.0.0.1:{server.port}/api/v1/chat/ws"
