"""Valkey without persistence: what is killed comes back empty."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

from tests.cluster.program import Program
from tests.journeys.served import until
from veza.infra.processes.embedded_valkey import WHEEL
from veza.infra.processes.programs import find_program

START_S = 20


class Valkey:
    """One Valkey."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        path = asyncio.run(find_program(WHEEL, [], None))[0].path
        folder = folder / "valkey"
        folder.mkdir()
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        options += ["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]
        self.program = Program("valkey", [str(path), "--port", str(port), *options], folder)

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.program.start()
        until(lambda: is_open(self.port), START_S, self.program.log)


def is_open(port: int) -> bool:
    """Return whether something listens on a port of this machine."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
