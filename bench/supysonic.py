"""Supysonic of Debian, with the same catalogue as Veza: rows in its SQLite, without files."""

import asyncio
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from msgspec import Struct

from bench.install import PeerMissing, install_debian
from bench.processes import output_of, running
from bench.server import free_port, until_open

NAME = "Supysonic"
_CONFIG = """
[base]
database_uri = sqlite:///{folder}/supysonic.db
[webapp]
cache_dir = {folder}
log_file = {folder}/log
mount_webui = off
[daemon]
socket = {folder}/socket
"""
_USER, _PASSWORD = "bench", "bench"
_MADE = "2026-01-01 00:00:00"


class CatalogueSong(Struct, frozen=True):
    """A song of the catalogue: the names of its artist and its album, and its place there.

    Ids are UUIDs in hex, as Supysonic stores them.
    """

    id: str
    artist_id: str
    artist: str
    album_id: str
    album: str
    number: int
    title: str
    genre: str


class RunningSupysonic(Struct, frozen=True):
    """A running Supysonic, and what a player signs in with."""

    port: int
    pid: int
    credentials: dict[str, object]


@asynccontextmanager
async def running_supysonic(songs: Sequence[CatalogueSong]) -> AsyncGenerator[RunningSupysonic]:
    """Run Supysonic with these songs. Raises PeerMissing."""
    await install_debian("supysonic", "python3-gevent")
    with tempfile.TemporaryDirectory(prefix="veza-bench-") as scratch:
        folder = Path(scratch)
        (folder / "config").write_text(_CONFIG.format(folder=folder))
        environment = os.environ | {"HOME": scratch, "SUPYSONIC_CONFIG": str(folder / "config")}
        environment.pop("PYTHONPATH", None)
        # The program reads its configuration in the home directory too.
        (folder / ".supysonic").write_text((folder / "config").read_text())
        try:
            add = ("/usr/bin/supysonic-cli", "user", "add", "-p", _PASSWORD, _USER)
            await output_of(*add, env=environment)
        except (OSError, RuntimeError) as error:
            raise PeerMissing(f"Supysonic could not be set up: {error}") from error
        await asyncio.to_thread(_fill, folder / "supysonic.db", songs)
        port = free_port()
        serve = ("/usr/bin/supysonic-server", "-h", "127.0.0.1", "-p", str(port))
        quiet = asyncio.subprocess.DEVNULL
        async with running(*serve, env=environment, stdout=quiet, stderr=quiet) as process:
            await until_open(port)
            given = {"u": _USER, "p": _PASSWORD, "c": "bench", "v": "1.16.1", "f": "json"}
            yield RunningSupysonic(port, process.pid, given)


def _fill(path: Path, songs: Sequence[CatalogueSong]) -> None:
    artists = {song.artist_id: song.artist for song in songs}
    albums = {song.album_id: (song.album, song.artist_id) for song in songs}
    with closing(sqlite3.connect(path)) as base, base:
        root = _add_folder(base, "/music", None)
        folders = {album_id: _add_folder(base, f"/music/{album_id}", root) for album_id in albums}
        base.executemany("insert into artist (id, name) values (?, ?)", artists.items())
        base.executemany(
            "insert into album (id, name, artist_id) values (?, ?, ?)",
            [(album_id, *named) for album_id, named in albums.items()],
        )
        columns = (
            "id, disc, number, title, year, genre, duration, has_art, album_id, artist_id, bitrate,"
            "path, path_hash, created, last_modification, play_count, root_folder_id, folder_id"
        )
        base.executemany(
            f"insert into track ({columns}) values ({', '.join('?' * 18)})",
            [_track(song, root, folders[song.album_id]) for song in songs],
        )


def _track(song: CatalogueSong, root: int, folder: int) -> tuple[object, ...]:
    path = f"/music/{song.album_id}/{song.id}.mp3"
    facts = (song.id, 1, song.number, song.title, 2020, song.genre, 180, 0)
    return (
        *facts,
        *(song.album_id, song.artist_id, 256, path, _hash(path), _MADE, 1, 0, root, folder),
    )


def _add_folder(base: sqlite3.Connection, path: str, parent: int | None) -> int:
    values = (parent is None, path.rpartition("/")[2], path, _hash(path), _MADE, 1, parent)
    columns = "root, name, path, path_hash, created, last_scan, parent_id"
    made = base.execute(f"insert into folder ({columns}) values (?, ?, ?, ?, ?, ?, ?)", values)
    assert made.lastrowid is not None
    return made.lastrowid


def _hash(path: str) -> bytes:
    return hashlib.sha1(path.encode(), usedforsecurity=False).digest()
