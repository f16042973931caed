"""What counts as standing still, and that processes count while their event loop runs."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.infra.waiting import until
from tests.journeys.served import status_of
from veza.app.services import Services
from veza.infra.processes.heartbeats import Heartbeat, StallCheck
from veza.launcher.process_metrics import sampling

SLEEPING = ["sleep", "600"]
COMPUTING = [sys.executable, "-c", "while True: pass"]


@contextmanager
def checking(command: list[str], state: str) -> Iterator[tuple[StallCheck, int]]:
    """Check a process that has begun to count, and never goes on."""
    process = subprocess.Popen(command)
    try:
        while not status_of(process.pid)["State"].startswith(state):
            pass
        with closing(Heartbeat()) as heartbeat:
            heartbeat.count = 1
            check = StallCheck(process.pid, heartbeat)
            # One look finds that it has begun, one from when on it stands still.
            check.add(5)
            check.add(5)
            assert check.stood_s == 0
            yield check, process.pid
    finally:
        process.kill()
        process.wait()


def test_a_process_that_waits_stands_still_until_it_goes_on() -> None:
    with checking(SLEEPING, "S") as (check, _):
        check.add(5)
        check.add(5)
        assert check.stood_s == 10

        check.heartbeat.count += 1
        check.add(5)
        assert check.stood_s == 0


def test_a_process_that_computes_stands_still_for_as_long_as_it_computed() -> None:
    with checking(COMPUTING, "R") as (check, _):
        while check.stood_s == 0:
            check.add(5)
        # It has had no five seconds of a processor yet, as little as none if the machine is busy.
        assert check.stood_s < 5


async def test_a_process_that_is_stopped_does_not_stand_still() -> None:
    with checking(SLEEPING, "S") as (check, pid):
        os.kill(pid, signal.SIGSTOP)
        await until(lambda: status_of(pid)["State"].startswith("T"))
        check.add(5)
        assert check.stood_s == 0


@pytest.mark.parametrize("is_ending", [False, True])
def test_a_process_that_starts_or_ends_does_not_stand_still(is_ending: bool) -> None:
    with checking(SLEEPING, "S") as (check, pid):
        check.heartbeat.count = 0
        again = check if is_ending else StallCheck(pid, check.heartbeat)
        for _ in range(5):
            again.add(5)
        assert again.stood_s == 0


@pytest.mark.long
@pytest.mark.parametrize("process", ["http", "worker"])
async def test_a_process_counts_while_its_event_loop_runs(services: Services, process: str) -> None:
    with closing(Heartbeat()) as heartbeat:
        heartbeat.adopt()
        async with sampling(services, process):
            await until(lambda: heartbeat.count > 1)
        assert heartbeat.count == 0
