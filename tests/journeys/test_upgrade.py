"""A server is upgraded to a version with a migration, and back, on the same data."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.architecture.source import SRC
from tests.journeys.served import Server, calling, served, sign_up, until
from tests.journeys.tables import OWN, find_changes, is_nothing_due, read_tables

pytestmark = pytest.mark.long

_MIGRATION = "9999_add_mottos"
_SQL = "alter table users add column motto text not null default 'None yet.'"
_CONTENT = b"A song of version 1. " * 1000


@pytest.fixture
def next_version(tmp_path) -> Path:
    """A folder with the next version of the program: this one, and a migration."""
    shutil.copytree(SRC, tmp_path / "veza", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "veza" / "migrations" / f"{_MIGRATION}.sql").write_text(_SQL)
    return tmp_path


def test_an_upgrade_copies_the_database_and_the_former_version_still_starts(next_version):
    with served("--workers", "1") as server:
        token = sign_up(server, "steady")
        with calling(server, token) as client:
            answer = client.post("cloud/files", files={"file": ("song", _CONTENT)})
            file_id = answer.json()["data"]["id"]
        before = _read_when_quiet(server)
        server.stop()
        copies = server.data_dir / "migration-copies"
        assert not copies.exists()

        server.configure(PYTHONPATH=str(next_version))
        server.start()
        assert [path.name for path in copies.iterdir()] == [f"before-{_MIGRATION}.dump"]
        upgraded = _read_when_quiet(server)
        # The former rows, with a column more, and the name of the migration.
        assert find_changes(before, upgraded) - OWN == {"migrations", "users"}
        server.stop()

        # It expands only: the former version starts on it, and nothing is copied or changed.
        server.configure(PYTHONPATH="")
        server.start()
        assert len(list(copies.iterdir())) == 1
        assert find_changes(upgraded, asyncio.run(read_tables(server))) <= OWN
        _ensure_same(server, token, file_id)


def _read_when_quiet(server: Server) -> dict[str, str]:
    """Read all tables when the reactions to what was done are over."""
    until(lambda: asyncio.run(is_nothing_due(server)), 60)
    return asyncio.run(read_tables(server))


def _ensure_same(server: Server, token: str, file_id: str) -> None:
    with calling(server, token) as client:
        assert client.get("users/me").json()["data"]["username"] == "steady"
        assert client.get(f"cloud/files/{file_id}/download").content == _CONTENT
