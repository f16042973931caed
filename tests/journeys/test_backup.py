"""A backup of a server that is written to meanwhile, restored elsewhere, is the server again."""

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import asyncpg
import pytest
from msgspec import structs

from tests.journeys.served import Server, calling, prepared, served, sign_up
from veza.app.paths import find_addresses
from veza.app.settings import Settings
from veza.infra.security.secrets import load_secrets

pytestmark = pytest.mark.long

# What a server changes by itself. Expired and delivered rows may go at any moment.
_OWN = {
    *("audit_signatures", "audit_unsigned_events", "backup_attempts", "outbox", "revisions"),
    *("pgqueuer", "pgqueuer_log", "pgqueuer_schedules"),
}


class Writing:
    """A member who stores files and posts, and deletes files, until told to stop."""

    def __init__(self, server: Server, token: str) -> None:
        self.kept: dict[str, bytes] = {}
        self._server, self._token = server, token
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join(60)

    def _write(self) -> None:
        draw = random.Random(1)
        with calling(self._server, self._token) as client:
            while not self._is_over.is_set():
                content = draw.randbytes(draw.randrange(1, 200_000))
                answer = client.post("cloud/files", files={"file": ("a.bin", content)})
                assert answer.status_code == 201, answer.text
                self.kept[answer.json()["data"]["id"]] = content
                if draw.random() < 0.4:
                    gone = draw.choice(list(self.kept))
                    path = f"cloud/files/{gone}?forever=true"
                    assert client.delete(path).status_code == 200
                    del self.kept[gone]


def test_backups_under_load_are_restored_elsewhere(tmp_path):
    target = str(tmp_path / "backups")
    with served("--workers", "1") as server:
        token = sign_up(server, "steady")
        writing = Writing(server, token)
        try:
            first = _wait_for_files(writing, 5)
            _run(server, "backup", target)
            _kill_some(server, target)
            _run(server, "backup", target, "--keep", "2")
        finally:
            writing.end()
        quiet = asyncio.run(_read_tables(server))
        _run(server, "backup", target, "--keep", "2")
        changing = _changed(quiet, asyncio.run(_read_tables(server)))
        before = asyncio.run(_read_tables(server))
        assert "complete and unchanged: 2" in _run(server, "backup", target, "--verify")
        ids = [line.split()[0] for line in _run(server, "backup", target, "--list").splitlines()]
    assert first
    with prepared() as restored:
        _run(restored, "restore", target)
        restored.start()
        assert _changed(before, asyncio.run(_read_tables(restored))) <= changing | _OWN
        with calling(restored, token) as client:
            for file_id, content in writing.kept.items():
                answer = client.get(f"cloud/files/{file_id}/download")
                assert answer.content == content, answer.text[:500]
        refused = _run(restored, "restore", target, code=1)
        assert "is not empty" in refused
        restored.stop()
    # The books and the storage are verified by the command.
    with prepared() as earlier:
        _run(earlier, "restore", target, "--backup", ids[0])


def test_a_changed_backup_is_refused(tmp_path):
    target = tmp_path / "backups"
    with served("--workers", "1") as server:
        token = sign_up(server, "steady")
        with calling(server, token) as client:
            client.post("cloud/files", files={"file": ("a", b"whole")})
        _run(server, "backup", str(target))
    (copy,) = (path for path in target.glob("objects/*/*") if path.read_bytes() == b"whole")
    copy.write_bytes(b"WHOLE")
    with prepared() as restored:
        assert "was changed" in _run(restored, "backup", str(target), "--verify", code=1)
        assert "was changed" in _run(restored, "restore", str(target), code=1)
        # What is half restored does not start.
        assert "was interrupted" in _run(restored, "serve", "--port", str(restored.port), code=1)


def _wait_for_files(writing: Writing, count: int) -> set[str]:
    until = time.monotonic() + 60
    while len(writing.kept) < count and time.monotonic() < until:
        time.sleep(0.1)
    return set(writing.kept)


def _kill_some(server: Server, target: str) -> None:
    """Kill backups at random moments: none of them is listed, unless it was complete."""
    draw = random.Random(2)
    for _ in range(3):
        process = subprocess.Popen(
            [*server.command()[:3], "backup", target],
            env=server.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(draw.uniform(1.0, 4.0))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert "complete and unchanged" in _run(server, "backup", target, "--verify")


def _run(server: Server, *command: str, code: int = 0) -> str:
    run = subprocess.run(
        [*server.command()[:3], *command],
        env=server.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code, run.stdout + run.stderr
    return run.stdout + run.stderr


async def _read_tables(server: Server) -> dict[str, str]:
    """Return the digest of all rows, by table."""
    settings = structs.replace(Settings(), data_dir=Path(server.data_dir))
    url = find_addresses(settings, load_secrets(settings.data_dir)).migration
    connection = await asyncpg.connect(url)
    try:
        names = await connection.fetch(
            "select tablename from pg_tables where schemaname = 'public' order by 1"
        )
        return {name: await _digest(connection, name) for (name,) in names}
    finally:
        await connection.close()


async def _digest(connection: asyncpg.Connection, table: str) -> str:
    rows = await connection.fetch(f'select t::text as row from "{table}" t order by 1')
    return hashlib.sha256("\n".join(row["row"] for row in rows).encode()).hexdigest()


def _changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}
