"""Other users of the machine can read no file of a server, nor of its backups."""

import os
import pwd
import stat
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ensure_none
from tests.journeys.served import Server, calling


@pytest.mark.long
def test_other_users_read_nothing_of_a_server_nor_of_its_backup(
    server: Server, token: str, folder: Path
) -> None:
    with calling(server, token) as client:
        sent = client.post("cloud/files", files={"file": ("a.txt", b"private")})
        assert sent.status_code == 201, sent.text
    target = folder / "backup"
    command = [*server.command()[:3], "backup", str(target)]
    subprocess.run(command, env=server.environment(), check=True, capture_output=True)

    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
    data = [server.data_dir, *server.data_dir.rglob("*")]
    parts = {part for path in data for part in path.relative_to(server.data_dir).parts}
    assert parts >= {"media", "engines", "work", "secrets.json", "url"}
    counters = (server.data_dir / "metrics").resolve()
    copies = [target, *target.rglob("*")]
    assert len(copies) > 5
    ensure_none(
        f"{stat.filemode(path.lstat().st_mode)} {path}"
        for path in (*data, counters, *counters.rglob("*"), *copies)
        if _is_open(path)
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts processes of other users")
def test_another_user_cannot_enter_the_data_directory(server: Server) -> None:
    nobody = pwd.getpwnam("nobody")
    for place in (server.data_dir, server.data_dir / "media"):
        run = subprocess.run(
            ["/usr/bin/env", "LC_ALL=C", "ls", str(place)],
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode != 0
        assert "Permission denied" in run.stderr


def _is_open(path: Path) -> bool:
    """Return whether others may read or write a file, or list or change a folder."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        # A file of the running engines.
        return False
    if stat.S_ISLNK(mode):
        return False
    # PostgreSQL, which isn't run as root, has to pass through the folder above its own.
    return bool(mode & (0o066 if stat.S_ISDIR(mode) else 0o077))
