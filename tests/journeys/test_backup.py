"""A backup of a server that is written to meanwhile, restored elsewhere, is the server again."""

import asyncio
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

import pyrage
import pytest

from tests.architecture.source import ROOT
from tests.infra.databases import drop_database, execute
from tests.journeys.served import Server, calling, prepared, served, sign_up
from tests.journeys.tables import OWN, find_changes, read_tables
from tests.seaweed import Seaweed
from veza.app.services import Services
from veza.core.ids import new_id

pytestmark = pytest.mark.long


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


@pytest.fixture
def new_engines(services: Services, s3: Seaweed) -> Iterator[dict[str, str]]:
    """The settings of another PostgreSQL, Valkey and S3, prepared as the documentation says."""
    name = f"moved_{new_id().hex[-12:]}"
    owner_url, app_url = services.addresses.migration, services.addresses.database
    page = (ROOT / "docs" / "operation.md").read_text()
    found = re.search(r"```sql\n(create role veza_owner .+?)```", page, re.DOTALL)
    assert found is not None
    for command in found[1].replace("database veza ", f"database {name} ").splitlines():
        # The server of the tests has the two roles.
        if not command.startswith("create role"):
            asyncio.run(execute(owner_url, command))
    yield {
        "VEZA_DATABASE_URL": app_url.replace("@/veza?", f"@/{name}?"),
        "VEZA_MIGRATION_DATABASE_URL": owner_url.replace("@/veza?", f"@/{name}?"),
        "VEZA_VALKEY_URL": services.addresses.valkey.replace("?db=0", "?db=1"),
        "VEZA_STORAGE_URL": s3.url(name),
    }
    asyncio.run(drop_database(owner_url, name))


def test_a_server_is_moved_to_other_engines_by_encrypted_backups_in_s3(s3, new_engines, tmp_path):
    target, key = s3.url(f"backups-{new_id().hex}"), tmp_path / "key"
    identity = pyrage.x25519.Identity.generate()
    key.write_text(str(identity))
    with served("--workers", "1", VEZA_BACKUP_RECIPIENTS=str(identity.to_public())) as server:
        token = sign_up(server, "steady")
        writing = Writing(server, token)
        try:
            first = _wait_for_files(writing, 5)
            _run(server, "backup", target)
            _kill_some(server, target)
            _run(server, "backup", target, "--keep", "2")
        finally:
            writing.end()
        _run(server, "maintenance", "on")
        quiet = asyncio.run(read_tables(server))
        _run(server, "backup", target, "--keep", "2")
        before = asyncio.run(read_tables(server))
        verified = _run(server, "backup", target, "--verify")
        assert "complete and unchanged: 2" in verified
        assert "not decrypted: 2" in verified
        ids = [line.split()[0] for line in _run(server, "backup", target, "--list").splitlines()]
    assert first
    with prepared("--workers", "1", **new_engines) as moved:
        _run(moved, "restore", target, "--identity", str(key))
        moved.start()
        changes = find_changes(before, asyncio.run(read_tables(moved)))
        assert changes <= find_changes(quiet, before) | OWN
        _run(moved, "maintenance", "off")
        with calling(moved, token) as client:
            for file_id, content in writing.kept.items():
                answer = client.get(f"cloud/files/{file_id}/download")
                assert answer.content == content, answer.text[:500]
        refused = _run(moved, "restore", target, "--identity", str(key), code=1)
        assert "is not empty" in refused
        moved.stop()
    # The books and the storage are verified by the command.
    with prepared() as earlier:
        _run(earlier, "restore", target, "--identity", str(key), "--backup", ids[0])


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
    with prepared() as partly:
        said = _run(partly, "restore", str(target), "--allow-missing", code=3)
        assert re.search(r"^steady +file +a +content$", said, re.MULTILINE), said


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
