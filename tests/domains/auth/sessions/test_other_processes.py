"""A session ended in one process is refused by all others within a second."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    is_signed_in,
    open_client,
    sign_in,
    sign_up,
)
from tests.http.apps import assemble
from tests.infra.waiting import until
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import SessionId, UserId
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.auth.sessions import rules
from veza.domains.auth.sessions.models import AccessClaims
from veza.infra.postgres import revisions
from veza.infra.processes import embedded_valkey

type Processes = tuple[httpx.AsyncClient, httpx.AsyncClient, Services]
type End = Callable[[httpx.AsyncClient, Services, dict[str, Any]], Awaitable[None]]


async def _log_out(client: httpx.AsyncClient, _: Services, pair: dict[str, Any]) -> None:
    await client.post("auth/logout", headers=bearer(pair["access_token"]))


async def _log_out_the_session(
    client: httpx.AsyncClient, _: Services, pair: dict[str, Any]
) -> None:
    other = (await sign_in(client, pair["email"], PASSWORD)).json()["data"]
    body = {"session_id": rules.session_id_of_refresh_token(pair["refresh_token"])}
    headers = bearer(other["access_token"])
    assert (await client.post("sessions/logout", headers=headers, json=body)).status_code == 200


async def _log_out_everywhere(client: httpx.AsyncClient, _: Services, pair: dict[str, Any]) -> None:
    other = (await sign_in(client, pair["email"], PASSWORD)).json()["data"]
    answer = await client.post("sessions/logout-all", headers=bearer(other["access_token"]))
    assert answer.json()["data"]["ended_count"] == 2


async def _change_the_password(
    client: httpx.AsyncClient, _: Services, pair: dict[str, Any]
) -> None:
    other = (await sign_in(client, pair["email"], PASSWORD)).json()["data"]
    body = {"current_password": PASSWORD, "new_password": "another long sentence"}
    headers = bearer(other["access_token"])
    assert (await client.put("users/me/password", headers=headers, json=body)).status_code == 200


async def _lower_the_role(_: httpx.AsyncClient, here: Services, pair: dict[str, Any]) -> None:
    user_id = UserId(here.session_tokens.tokens.read(pair["access_token"], AccessClaims).sub)
    async with here.database.transaction() as tx:
        await member_accounts.set_role(tx, user_id, Role.CREATOR)
        await member_accounts.set_role(tx, user_id, Role.USER)


async def _use_a_spent_token(client: httpx.AsyncClient, _: Services, pair: dict[str, Any]) -> None:
    body = {"refresh_token": pair["refresh_token"]}
    answer = await client.post("sessions/refresh", json=body)
    await client.post("sessions/refresh", json={"refresh_token": _refresh_token(answer)})
    assert (await client.post("sessions/refresh", json=body)).status_code == 401


def _refresh_token(answer: httpx.Response) -> str:
    return answer.json()["data"]["refresh_token"]


ENDS: dict[str, End] = {
    "logout": _log_out,
    "logout of the session": _log_out_the_session,
    "logout everywhere": _log_out_everywhere,
    "another password": _change_the_password,
    "a lower role": _lower_the_role,
    "a spent token": _use_a_spent_token,
}


@asynccontextmanager
async def _processes(settings: Settings) -> AsyncIterator[Processes]:
    """Two processes of one server, each with a client."""
    async with AsyncExitStack() as stack:
        here, there = [await stack.enter_async_context(open_services(settings)) for _ in range(2)]
        clients = [
            await stack.enter_async_context(open_client(services, assemble(services)[0]))
            for services in (here, there)
        ]
        yield clients[0], clients[1], here


async def _ensure_over_everywhere(processes: Processes, end: End) -> None:
    here, there, services = processes
    someone = await sign_up(here)
    assert await is_signed_in(there, someone["access_token"])

    await end(here, services, someone)

    assert not await is_signed_in(here, someone["access_token"]), "Before the answer goes out."

    async def is_out() -> bool:
        return not await is_signed_in(there, someone["access_token"])

    # Half a second by reading alone; the rest is patience with a busy machine.
    assert revisions.INTERVAL_S <= 0.5
    await until(is_out)
    answer = await there.post("auth/refresh", json={"refresh_token": someone["refresh_token"]})
    assert answer.status_code == 401


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
async def test_a_session_ended_in_one_process_is_refused_in_all(
    settings: Settings, services: Services, end: End
) -> None:
    async with _processes(settings) as processes:
        await _ensure_over_everywhere(processes, end)


# With Valkey all are asked in the default run.
@pytest.mark.parametrize(
    "end",
    [
        pytest.param(end, id=name, marks=[pytest.mark.long] if name != "logout" else [])
        for name, end in ENDS.items()
    ],
)
async def test_a_session_ends_in_all_processes_without_valkey(
    settings: Settings, services: Services, tmp_path_factory: pytest.TempPathFactory, end: End
) -> None:
    folder = _make_folder(tmp_path_factory)
    engine = await embedded_valkey.start_valkey(folder, password="secret")
    try:
        url = embedded_valkey.valkey_url(folder, "secret")
        async with _processes(msgspec.structs.replace(settings, valkey_url=url)) as processes:
            await sign_up(processes[0])
            os.kill(engine.pid, signal.SIGKILL)
            await engine.wait()
            await _ensure_over_everywhere(processes, end)
    finally:
        await engine.stop()


async def test_a_process_that_starts_later_knows_ended_sessions(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    someone = await sign_up(client)
    await client.post("auth/logout", headers=bearer(someone["access_token"]))

    async with open_services(settings) as later:
        session = rules.session_id_of_refresh_token(someone["refresh_token"])
        assert SessionId(UUID(session)) in later.session_tokens.ended


def _make_folder(factory: pytest.TempPathFactory) -> Path:
    """Make a folder that an engine can get at after it has lost root's rights."""
    folder = factory.mktemp("valkey")
    for place in (folder, *folder.parents[:2]):
        place.chmod(0o755)
    return folder
