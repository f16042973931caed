"""The nodes of Veza: `veza serve --no-worker` and `veza worker`, each with a folder of its own."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.cluster.program import Program
from tests.journeys.served import kill_if_there, processes_of, until

START_S = 90


class HttpNode:
    """A node that answers requests, with one HTTP process."""

    def __init__(self, name: str, folder: Path, port: int, settings: Mapping[str, str]) -> None:
        self.port = port
        self.data_dir = folder / name
        self.data_dir.mkdir()
        command = [*_veza(), "serve", "--no-worker", "--workers", "1", "--port", str(port)]
        self.program = Program(
            name, command, folder, environment=_environment(self.data_dir, settings)
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.program.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        until(self.is_ready, START_S, self.program.log)

    def is_ready(self) -> bool:
        assert self.program.is_running, self.program.log()
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Kill all of its processes at once."""
        kill_all(self.program, self.data_dir)


class WorkerNode:
    """A node that runs jobs, and has metrics."""

    def __init__(
        self, name: str, folder: Path, metrics_port: int, settings: Mapping[str, str]
    ) -> None:
        self.metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"
        self.data_dir = folder / name
        self.data_dir.mkdir()
        own = {"VEZA_WORKER_METRICS_ADDRESS": f"127.0.0.1:{metrics_port}"}
        self.program = Program(
            name,
            [*_veza(), "worker"],
            folder,
            environment=_environment(self.data_dir, {**settings, **own}),
        )

    def start(self) -> None:
        self.program.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        until(self.is_ready, START_S, self.program.log)

    def is_ready(self) -> bool:
        assert self.program.is_running, self.program.log()
        try:
            return httpx.get(self.metrics_url, timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Kill it with the programs that its jobs run."""
        kill_all(self.program, self.data_dir)


def kill_all(program: Program, data_dir: Path) -> None:
    others = processes_of(data_dir)
    program.kill()
    for pid in others:
        kill_if_there(pid)


def _veza() -> list[str]:
    return [sys.executable, "-m", "veza"]


def _environment(data_dir: Path, settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VEZA_")}
    return kept | {"VEZA_DATA_DIR": str(data_dir)} | dict(settings)
