"""The folder of transcoded files: bounded, and free of what killed processes left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from veza.infra.media.transcoded_files import SOUND, TooLargeToTranscode, TranscodedFiles

_MAKER = """
import sys, time
from pathlib import Path
from veza.infra.media.transcoded_files import SOUND, TranscodedFiles

files = TranscodedFiles(Path(sys.argv[1]), 1000)
files.prepare()
with files.making(10) as folder:
    (folder / SOUND).write_bytes(b"0123456789")
    print(folder.name, flush=True)
    time.sleep(600)
"""


def _keep(files: TranscodedFiles, name: str, size: int, *, used_at: int) -> None:
    with files.making(size) as folder:
        made = folder / SOUND
        made.write_bytes(bytes(size))
        os.utime(made, (used_at, used_at))
        files.keep(made, name)


def test_those_not_wanted_for_longest_make_room_first(tmp_path: Path) -> None:
    files = TranscodedFiles(tmp_path / "files", 100)
    files.prepare()
    for number, name in enumerate(("a.mp3", "b.mp3", "c.mp3")):
        _keep(files, name, 30, used_at=1000 + number)
    assert files.touch("a.mp3")
    with files.making(20) as folder:
        (folder / SOUND).write_bytes(bytes(20))
        assert [files.touch(name) for name in ("a.mp3", "b.mp3", "c.mp3")] == [True, False, True]
        # What is being made counts, too.
        with files.making(30):
            assert [files.path_of(name).exists() for name in ("a.mp3", "c.mp3")] == [False, True]
    with pytest.raises(TooLargeToTranscode), files.making(101):
        pass
    assert [path.name for path in (tmp_path / "files").iterdir()] == ["c.mp3"]
    TranscodedFiles(tmp_path / "files", 20).prepare()
    assert not list((tmp_path / "files").iterdir())


def test_what_a_killed_process_left_is_deleted_and_what_a_living_one_makes_is_not(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "files"
    command = [sys.executable, "-c", _MAKER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        name = maker.stdout.readline().strip()
        TranscodedFiles(folder, 1000).prepare()
        assert [path.name for path in folder.iterdir()] == [name]
        maker.send_signal(signal.SIGKILL)
        maker.wait()
    TranscodedFiles(folder, 1000).prepare()
    assert not list(folder.iterdir())
