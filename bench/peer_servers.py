"""Runs the peers that read the same database as Veza, or the same tracks in their own."""

import asyncio
import json
import os
import sqlite3
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
from msgspec import Struct

from bench.http_client import HttpConnection, encode_request
from bench.install import PEERS, build_gin, create_environment
from bench.load import LoadTask, Request, measure_load
from bench.peers.statements import list_statements
from bench.processes import cpu_of_server, output_of, running
from bench.ratios import Sample
from bench.server import Server, free_port, until_open

# As many as Veza's HTTP process has.
_POOL = 10
_MAIL, _PASSWORD = "bench@example.com", "a long enough sentence"


class PeerServer(Struct, frozen=True):
    """A running peer; `database_of` is the process above the PostgreSQL that it uses."""

    name: str
    port: int
    pid: int
    database_of: int | None = None

    async def measure(self, *requests: Request, seconds: float, connections: int = 32) -> Sample:
        """Return requests per second, CPU time per request and latencies."""
        task = LoadTask(self.port, requests, seconds, connections)
        return await measure_load(task, lambda: cpu_of_server(self.pid, self.database_of))


@asynccontextmanager
async def running_gin(server: Server) -> AsyncGenerator[PeerServer]:
    """Run Gin with pgx beside a server, on its database. Raises PeerMissing."""
    program, port = await build_gin(), free_port()
    parts = urlsplit(server.addresses.database)
    words = {
        "host": unquote(parts.query.removeprefix("host=")),
        "user": parts.username,
        "password": unquote(parts.password or ""),
        "dbname": parts.path.strip("/"),
        "pool_max_conns": _POOL,
    }
    environment = os.environ | {
        "DSN": " ".join(f"{name}={value}" for name, value in words.items()),
        "STATEMENTS": json.dumps(await list_statements()),
        "PORT": str(port),
    }
    async with _serving("Gin + pgx", port, server, program, env=environment) as peer:
        yield peer


@asynccontextmanager
async def running_fastapi(server: Server) -> AsyncGenerator[PeerServer]:
    """Run FastAPI with SQLAlchemy on uvicorn, on a server's database. Raises PeerMissing."""
    programs, port = await create_environment("fastapi"), free_port()
    url = server.addresses.database.replace("postgresql://", "postgresql+asyncpg://")
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    command = [programs / "uvicorn", *options, "--port", str(port), "fastapi_tracks:app"]
    statements = json.dumps(await list_statements())
    environment = os.environ | {"DSN": url, "STATEMENTS": statements, "PYTHONPATH": str(PEERS)}
    name = "FastAPI + SQLAlchemy"
    async with _serving(name, port, server, *command, env=environment) as peer:
        yield peer


@asynccontextmanager
async def running_pocketbase(server: Server) -> AsyncGenerator[PeerServer]:
    """Run PocketBase with the tracks of a server in a database of its own. Raises PeerMissing."""
    program, port = (await create_environment("pocketbase")) / "pocketbase", free_port()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="veza-bench-")))
        data = ["--dir", str(folder / "data")]
        await output_of(program, "superuser", "create", _MAIL, _PASSWORD, *data)
        command = [program, "serve", f"--http=127.0.0.1:{port}", *data]
        peer = await stack.enter_async_context(_serving("PocketBase", port, None, *command))
        await _create_collection(port)
        rows = await _read_tracks(server)
        await asyncio.to_thread(_insert_tracks, folder / "data" / "data.db", rows)
        yield peer


@asynccontextmanager
async def running_plain() -> AsyncGenerator[PeerServer]:
    """Run one route of Litestar without any of our code, on uvicorn."""
    port = free_port()
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]
    command = [sys.executable, "-m", "uvicorn", *options, "--port", str(port)]
    name = "plain Litestar route"
    async with _serving(name, port, None, *command, "bench.peers.plain:app") as peer:
        yield peer


@asynccontextmanager
async def _serving(
    name: str, port: int, server: Server | None, *command: str | Path, **options: Any
) -> AsyncGenerator[PeerServer]:
    quiet = asyncio.subprocess.DEVNULL
    async with running(*command, stdout=quiet, stderr=quiet, **options) as process:
        await until_open(port)
        yield PeerServer(name, port, process.pid, server.pid if server else None)


_TEXTS = ("track", "owner", "username", "title", "description", "genre", "visibility", "status")
_NUMBERS = ("duration_ms", "bitrate", "likes_count", "comments_count", "plays_count")
_SELECT_TRACKS = """
    select t.id::text as track, t.owner_id::text as owner, u.username, t.title, t.description,
           t.genre, t.visibility, t.status, t.duration_ms, t.bitrate, t.likes_count,
           t.comments_count, t.plays_count, to_json(t.tags)::text as tags, t.created_at::text
      from tracks t
      join users u on u.id = t.owner_id
     order by t.created_at
"""


async def _create_collection(port: int) -> None:
    """Create a collection of tracks that everybody may list."""
    collection = {
        "name": "tracks",
        "type": "base",
        "listRule": "",
        "viewRule": "",
        "fields": [
            *({"name": name, "type": "text"} for name in (*_TEXTS, "created_at")),
            *({"name": name, "type": "number"} for name in _NUMBERS),
            {"name": "tags", "type": "json"},
        ],
        "indexes": ["create index tracks_by_date on tracks (created_at)"],
    }
    signing_in = {"identity": _MAIL, "password": _PASSWORD}
    async with HttpConnection(port) as connection:

        async def post(path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
            request = Request(path, "POST", token, body=json.dumps(body))
            answer = await connection.send(encode_request(port, request))
            if answer.status != 200:
                raise RuntimeError(f"PocketBase: {answer.body[:300]!r}")
            return json.loads(answer.body)

        path = "/api/collections/_superusers/auth-with-password"
        token = (await post(path, signing_in))["token"]
        await post("/api/collections", collection, token)


async def _read_tracks(server: Server) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(server.addresses.migration)
    try:
        return [tuple(row) for row in await connection.fetch(_SELECT_TRACKS)]
    finally:
        await connection.close()


def _insert_tracks(database: Path, rows: list[tuple[Any, ...]]) -> None:
    names = (*_TEXTS, *_NUMBERS, "tags", "created_at")
    marks = ", ".join("?" for _ in names)
    sql = f"insert into tracks (id, {', '.join(names)}) values (?, {marks})"
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        connection.executemany(sql, ((f"r{n:014}", *row) for n, row in enumerate(rows)))
