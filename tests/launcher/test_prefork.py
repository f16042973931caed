"""A process whose event loop stands still is replaced, and says where it stood."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.served import until


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of a group that runs; its log is in it."""
    command = [sys.executable, "-m", "tests.launcher.stalling_group", str(tmp_path)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until(lambda: all(_is_there(tmp_path / name) for name in "012"), 60)
        yield tmp_path
        process.terminate()
        assert process.wait(60) == 0
    finally:
        # Those that it forked die with it.
        process.kill()
        process.wait()


@pytest.mark.long
def test_processes_that_stand_still_are_replaced_but_those_that_are_stopped(folder: Path) -> None:
    stopped = _ask(folder / "0", "")
    os.kill(stopped, signal.SIGSTOP)
    try:
        sleeping = _ask(folder / "1", "sleep")
        computing = _ask(folder / "2", "compute")

        for name, pid in (("1", sleeping), ("2", computing)):
            until(lambda: _is_replaced(folder / name, pid), 120)  # noqa: B023
    finally:
        os.kill(stopped, signal.SIGCONT)

    assert _ask(folder / "0", "") == stopped
    log = (folder / "log").read_text()
    assert log.count("process_stalled") == log.count("process_ended") == 2
    assert "in fall_asleep" in log
    assert "in compute" in log


def _is_there(path: Path) -> bool:
    try:
        return _ask(path, "") > 0
    except (OSError, ValueError):
        return False


def _is_replaced(path: Path, pid: int) -> bool:
    try:
        return _ask(path, "") != pid
    except (OSError, ValueError):
        return False


def _ask(path: Path, word: str) -> int:
    """Send a word to a process; return its id."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        client.connect(str(path))
        client.sendall(f"{word}\n".encode())
        return int(client.recv(100))
