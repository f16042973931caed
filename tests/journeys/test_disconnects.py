"""Clients that go away from a real server: what they asked for ends in the database too."""

import asyncio
import contextlib
import re
import socket
from typing import Any

import asyncpg
import pytest

from tests.infra.waiting import until
from tests.journeys.served import Server
from veza.app.paths import engines_folder
from veza.app.settings import Settings
from veza.core.ids import new_id
from veza.infra.processes import embedded_postgres
from veza.infra.security.secrets import load_secrets

pytestmark = pytest.mark.long

_WAITING = """
    select count(*)
      from pg_stat_activity
     where application_name = 'veza http' and wait_event_type = 'Lock'
"""


async def test_the_statement_of_a_client_that_hangs_up_is_cancelled(server: Server) -> None:
    settings = Settings(data_dir=server.data_dir)
    url = embedded_postgres.app_url(
        engines_folder(settings), load_secrets(settings.data_dir).postgres_app
    )
    holding, looking = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        # Whoever reads tracks waits for this to end.
        async with holding.transaction():
            await holding.execute("lock table tracks")
            for path in ("tracks", "tracks/search?q=a", f"tracks/{new_id()}"):
                with contextlib.closing(await asyncio.to_thread(_ask, server, path)):
                    await _until_waiting(looking, 1)
                await _until_waiting(looking, 0)
    finally:
        await holding.close()
        await looking.close()
    assert re.search(r"GET +499 ", server.log) or '"status":499' in server.log


def _ask(server: Server, path: str) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    client.sendall(f"GET /api/v1/{path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return client


async def _until_waiting(looking: Any, count: int) -> None:
    async def is_so() -> bool:
        return await looking.fetchval(_WAITING) == count

    # Well below the ten seconds after which the server ends a statement by itself.
    async with asyncio.timeout(5):
        await until(is_so)
