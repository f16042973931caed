"""An engine that ends is started again, with patience."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.infra.waiting import until
from veza.core.errors import CannotStart
from veza.infra.processes.embedded import Engine
from veza.infra.processes.embedded_valkey import start_valkey
from veza.launcher import embedded_engines
from veza.launcher.embedded_engines import SupervisedEngine


class Starts:
    """Starts Valkey, but for as many times as it is said to fail."""

    def __init__(self, folder: Path, failures: int) -> None:
        self.folder, self.failures = folder, failures
        self.started: list[Engine] = []
        self.tries = 0

    async def __call__(self) -> Engine:
        self.tries += 1
        if self.started and self.failures:
            self.failures -= 1
            raise CannotStart("It was killed as it started.")
        self.started.append(await start_valkey(self.folder, password="secret"))
        return self.started[-1]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(embedded_engines, "_PAUSE_S", 0.01)


async def test_an_engine_that_fails_to_start_again_is_given_more_chances(tmp_path):
    start = Starts(tmp_path, failures=3)
    kept = SupervisedEngine("Valkey", start)
    await kept.start()
    keeping = asyncio.create_task(kept.supervise())
    try:
        os.kill(start.started[0].pid, signal.SIGKILL)
        await until(lambda: len(start.started) == 2)
        assert start.started[1].exit_code is None
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await kept.stop()


async def test_an_engine_that_never_starts_again_says_so(tmp_path):
    start = Starts(tmp_path, failures=100)
    kept = SupervisedEngine("Valkey", start)
    await kept.start()
    os.kill(start.started[0].pid, signal.SIGKILL)

    with pytest.raises(CannotStart):
        await kept.supervise()
    assert start.tries == 6
    await kept.stop()
