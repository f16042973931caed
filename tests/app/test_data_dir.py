"""A data directory that can't be used: a sentence says why and what to do, in each command."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from msgspec import structs

from tests.infra.engines import IS_ROOT, only_as_root
from tests.infra.small_disk import mounted
from veza.app.data_dir import create_data_dir
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart

NOBODY = "nobody"
COMMANDS = (
    "serve --port 0",
    "http --port 0",
    "worker",
    "migrate",
    "maintenance status",
    "create-admin a@b.example ann --password-stdin",
    "audit verify",
    "search rebuild",
    "backup --list",
    "live config",
    "doctor",
)

# All commands in one process: what takes long is to import them.
PROGRAM = """
import io, sys
from veza.cli.main import main

print("READY", flush=True)
for command in sys.argv[1].split(","):
    sys.argv, sys.stdin = ["veza", *command.split()], io.StringIO("a long enough password")
    try:
        main()
    except SystemExit as end:
        print("END", command, "|", end.code)
"""


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A directory that is root's alone, in one that others can enter."""
    with TemporaryDirectory(prefix="veza-") as name:
        parent = Path(name)
        parent.chmod(0o755)
        folder = parent / "data"
        folder.mkdir(mode=0o700)
        yield folder


def _run_as_nobody(data_dir: Path, *commands: str) -> dict[str, str]:
    """Return the last words of each command."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, ",".join(commands)],
        env={
            "PATH": os.defpath,
            "PYTHONDONTWRITEBYTECODE": "1",
            "VEZA_DATA_DIR": str(data_dir),
            "VEZA_BACKUP_TARGET": str(data_dir.parent),
        },
        cwd="/",
        user=pwd.getpwnam(NOBODY).pw_uid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.startswith("READY"):
        pytest.skip("Others may not run the program of this folder.")
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    lines = done.stdout.splitlines()
    ends = [line.removeprefix("END ").split(" | ", 1) for line in lines if line.startswith("END ")]
    said = dict(ends)
    if "doctor" in said:
        # It prints its checks, and ends with 1.
        said["doctor"] = next(line for line in lines if line.startswith("FAIL  engines"))
    return said


@pytest.mark.long
@only_as_root
def test_of_another_user_each_command_says_whose_it_is(data_folder: Path) -> None:
    found = _run_as_nobody(data_folder, *COMMANDS)
    assert list(found) == list(COMMANDS)
    for command, said in found.items():
        wanted = f"{data_folder} belongs to the user root, and you are {NOBODY}"
        assert wanted in said, (command, said)
        assert f"`chown -R {NOBODY} {data_folder}`" in said


@only_as_root
@pytest.mark.parametrize("name", ["lock", "secrets.json"])
def test_a_file_of_another_user_in_it_is_named(data_folder: Path, name: str) -> None:
    """As a command leaves behind that once ran as root."""
    (data_folder / name).touch(mode=0o600)
    os.chown(data_folder, pwd.getpwnam(NOBODY).pw_uid, -1)

    said = _run_as_nobody(data_folder, "migrate")["migrate"]

    assert said.startswith(f"veza: {data_folder / name} belongs to the user root"), said
    assert f"`chown -R {NOBODY} {data_folder}`" in said


def _refusal(settings: Settings, folder: Path) -> str:
    with pytest.raises(CannotStart) as refusal:
        create_data_dir(structs.replace(settings, data_dir=folder))
    assert "VEZA_DATA_DIR" in str(refusal.value)
    return str(refusal.value)


def test_what_is_no_directory_is_told(settings: Settings, tmp_path: Path) -> None:
    file, loop, lost = tmp_path / "file", tmp_path / "loop", tmp_path / "lost"
    file.touch()
    loop.symlink_to(loop)
    lost.symlink_to(tmp_path / "nowhere" / "at" / "all")

    for folder in (file, file / "below"):
        assert _refusal(settings, folder).startswith(f"{folder} is not a directory")
    for folder in (loop, loop / "below", lost):
        assert _refusal(settings, folder).startswith(f"{folder} is a symbolic link")


def test_a_read_only_file_system_is_told(settings: Settings, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", 1 << 20) as disk:
        (disk / "data").mkdir()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for folder in (disk / "data", disk / "new"):
            assert "is on a read-only file system: mount it" in _refusal(settings, folder)


@pytest.mark.skipif(IS_ROOT, reason="root may read and write everything")
def test_a_directory_without_rights_is_told(settings: Settings, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert f"`chmod -R u+rwX {tmp_path}`" in _refusal(settings, tmp_path)
    finally:
        tmp_path.chmod(0o700)
