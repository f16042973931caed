"""What a server does so that other users of the machine can't read its files."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from veza.app.data_dir import own_data_dir
from veza.app.private_files import keep_files_private
from veza.app.settings.settings import Settings


@pytest.fixture
def _umask() -> Iterator[None]:
    former = os.umask(0o022)
    yield
    os.umask(former)


def _modes(folder: Path) -> list[int]:
    return [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o777, 0o700])
def test_a_present_data_directory_is_closed_to_others(tmp_path: Path, mode: int) -> None:
    (tmp_path / "mail").write_text("for one")
    tmp_path.chmod(mode)
    with own_data_dir(Settings(data_dir=tmp_path)) as folder:
        assert _modes(folder)[0] == 0o700


@pytest.mark.usefixtures("_umask")
@pytest.mark.parametrize(
    ("location", "modes"), [(None, [0o700, 0o600]), ("/veza-files/", [0o750, 0o640])]
)
def test_new_files_are_private_but_for_an_nginx_that_sends_them(
    tmp_path: Path, location: str | None, modes: list[int]
) -> None:
    keep_files_private(Settings(x_accel_location=location))
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "a.mp3").write_text("sound")
    assert _modes(folder) == modes
