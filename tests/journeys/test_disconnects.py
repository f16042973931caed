"""Clients that go away from a real server: what they asked for ends in the database too."""

import asyncio
import contextlib
import re
import socket
from typing import Any

import asyncpg
import pytest

from tests.infra.waiting import until
from tests.journeys.served import Server, sign_up
from veza.app.paths import engines_folder
from veza.app.settings.settings import Settings
from veza.core.ids import new_id
from veza.infra.processes import embedded_postgres
from veza.infra.security.secrets import load_secrets

pytestmark = pytest.mark.long

_WAITING = """
    select count(*)
      from pg_stat_activity
     where application_name = 'veza http' and wait_event_type = 'Lock'
"""

# A line for people, or one for programs.
_GONE = re.compile(r'GET +499 |"status":499')


async def test_the_statement_of_a_client_that_hangs_up_is_cancelled(server: Server) -> None:
    settings = Settings(data_dir=server.data_dir)
    url = embedded_postgres.app_url(
        engines_folder(settings), load_secrets(settings.data_dir).postgres_app
    )
    token = await asyncio.to_thread(sign_up, server, "leaving")
    holding, looking = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        # Whoever reads tracks, or searches, waits for this to end.
        async with holding.transaction():
            await holding.execute("lock table tracks, search_words")
            for path, sent_token in _list_reads(token):
                asking = asyncio.to_thread(_ask, server, path, sent_token)
                with contextlib.closing(await asking):
                    await until(lambda: _is_waiting(looking))
                # Below the ten seconds after which the server ends a statement by itself.
                async with asyncio.timeout(9):
                    await until(lambda: _is_nobody_waiting(looking))
    finally:
        await holding.close()
        await looking.close()
    # A search may reach its limit of a second before its client hangs up.
    await until(lambda: len(_GONE.findall(server.log)) >= len(_list_reads(token)) - 1)


def _list_reads(token: str) -> list[tuple[str, str | None]]:
    """List paths, with the token to send: without one, the first two are shared and go on."""
    return [
        ("tracks", token),
        (f"tracks/{new_id()}", token),
        (f"tracks/{new_id()}/comments", None),
        ("tracks/search?q=a", None),
    ]


def _ask(server: Server, path: str, token: str | None) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    credentials = f"Authorization: Bearer {token}\r\n" if token else ""
    client.sendall(f"GET /api/v1/{path} HTTP/1.1\r\nHost: a\r\n{credentials}\r\n".encode())
    return client


async def _is_waiting(looking: Any) -> bool:
    return await looking.fetchval(_WAITING) == 1


async def _is_nobody_waiting(looking: Any) -> bool:
    return await looking.fetchval(_WAITING) == 0
