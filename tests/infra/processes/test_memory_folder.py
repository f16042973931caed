"""The folder in memory: where it is, and what is left of it."""

from pathlib import Path

import pytest

from veza.infra.processes import memory_folder as module
from veza.infra.processes.memory_folder import memory_folder


def test_it_is_in_memory_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    link = tmp_path / "metrics"
    with memory_folder(link) as folder:
        (folder / "counter.db").write_bytes(b"1")
        assert (link / "counter.db").read_bytes() == b"1"
        assert folder.is_relative_to("/dev/shm")
        assert folder.stat().st_mode & 0o777 == 0o700

    assert not folder.exists()
    assert not link.is_symlink()


def test_what_a_killed_server_left_is_deleted(tmp_path: Path) -> None:
    link = tmp_path / "metrics"
    killed = memory_folder(link)
    (killed.__enter__() / "counter.db").write_bytes(b"1")
    left = link.readlink()

    with memory_folder(link) as folder:
        assert list(folder.iterdir()) == []
        assert not left.exists()


def test_a_copied_link_deletes_nothing_of_another_server(tmp_path: Path) -> None:
    with memory_folder(tmp_path / "metrics") as running:
        (running / "counter.db").touch()
        copy = tmp_path / "copy"
        copy.symlink_to(running)
        with memory_folder(copy) as folder:
            assert folder != running
        assert (running / "counter.db").exists()


def test_without_memory_it_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MEMORY", tmp_path / "nothing")
    link = tmp_path / "metrics"
    link.mkdir()
    (link / "of-another-version.db").touch()

    with memory_folder(link) as folder:
        assert folder == link
        assert list(folder.iterdir()) == []
    assert not link.exists()
