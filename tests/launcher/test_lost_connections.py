"""A server and a worker, under load, that lose each kind of connection in turn, then PostgreSQL."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.apps import assemble, calling
from tests.infra.databases import execute
from tests.infra.waiting import until
from veza.app.database_connections import ProcessType
from veza.app.recounts import RecountMember
from veza.app.services import Services, open_services
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.app.worker import run_worker
from veza.core.ids import UserId, new_id
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import DatabaseUnavailable
from veza.launcher.embedded_engines import Engines, own_engines

pytestmark = pytest.mark.long

KINDS = {"veza http", "veza worker", "veza jobs"}


class Town:
    """What runs, and how it is looked at from outside."""

    def __init__(self, engines: Engines, http: Services) -> None:
        self.engines = engines
        self.http = http
        self.app = assemble(http)[1]

    async def kinds(self) -> set[str]:
        sql = (
            "select distinct application_name from pg_stat_activity where application_name like $1"
        )
        return {name for (name,) in await self._ask(sql, "veza %")}

    async def terminate(self, kind: str) -> None:
        sql = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1"
        assert await self._ask(sql, kind), kind

    async def _ask(self, sql: str, *args: Any) -> list[Any]:
        return await execute(self.engines.addresses.database, sql, *args)

    async def ensure_all_goes_on(self) -> None:
        """Requests are answered and a job that is enqueued now is done."""
        await until(self._is_answered)
        await until(self._is_enqueued)
        await until(self._has_no_job)
        for _ in range(10):
            assert await self._is_answered()

    async def _is_answered(self) -> bool:
        return (await self.get("tracks")).status_code == 200

    async def get(self, path: str) -> httpx.Response:
        async with calling(self.app) as client:
            return await client.get(path)

    async def _is_enqueued(self) -> bool:
        with suppress(DatabaseUnavailable):
            async with self.http.database.transaction(recorded=False) as tx:
                await enqueue(tx, RecountMember(UserId(new_id())))
            return True
        return False

    async def _has_no_job(self) -> bool:
        return await self._ask("select count(*) from jobs") == [(0,)]


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    folder = Path(tempfile.mkdtemp(prefix="veza-"))
    folder.chmod(0o755)
    settings = Settings(
        env=Environment.TEST, data_dir=folder, rate_limit_global=0, rate_limit_per_ip=0
    )
    try:
        async with (
            own_engines(settings) as engines,
            open_services(settings, ProcessType.HTTP) as http,
            open_services(settings, ProcessType.WORKER) as working,
            worker_of(working),
        ):
            yield Town(engines, http)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def worker_of(services: Services) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(services, stop))
    yield
    stop.set()
    await task


@asynccontextmanager
async def load_on(town: Town) -> AsyncIterator[None]:
    async def ask() -> None:
        while True:
            answer = await town.get("tracks")
            assert answer.status_code in {200, 503}, answer.text

    tasks = [asyncio.create_task(ask()) for _ in range(3)]
    yield
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(outcome, asyncio.CancelledError), outcome


async def test_each_kind_of_connection_is_replaced_at_once(town: Town) -> None:
    await town.ensure_all_goes_on()
    assert await town.kinds() == KINDS
    async with load_on(town):
        for kind in [*sorted(KINDS), *sorted(KINDS)]:
            await town.terminate(kind)
            await town.ensure_all_goes_on()
        for kind in ("pubsub", "normal"):
            await town.http.valkey.execute_command("CLIENT", "KILL", "TYPE", kind)
            await town.ensure_all_goes_on()


async def test_after_postgresql_restarted_all_goes_on(town: Town) -> None:
    await town.ensure_all_goes_on()
    for _ in range(2):
        postgres = town.engines.children[0]
        await postgres.stop()
        assert (await town.get("tracks")).status_code == 503
        await postgres.start()
        await town.ensure_all_goes_on()
