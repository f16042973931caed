"""A player copies the library: the calls of Symfonium and of Feishin, for 2,000 and 20,000 songs.

One connection, one call after the other, in JSON. Symfonium asks for everything by `search3`
without text; Feishin for artists, albums in pages, and each album that is opened: here a hundred.
"""

import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import msgspec
from msgspec import Struct, structs

from bench.filling import create_data, fill
from bench.http_client import HttpConnection, encode_request
from bench.install import PeerMissing
from bench.load import Request
from bench.plan import Plan, Topic
from bench.players import create_credentials, fill_players
from bench.processes import cpu_of_server
from bench.ratios import Case, Result, Sample, Skipped, compute_ratio
from bench.server import Launch, Server, running_server
from bench.supysonic import NAME as SUPYSONIC
from bench.supysonic import CatalogueSong, running_supysonic

SONGS = (2_000, 20_000)
_VEZA = "Veza"
_FEW = 400
_PAGE = 500
_OPENED = 100
# Both have the same artists and albums.
_SELECT_SONGS = """
    select replace(t.id::text, '-', '') as id, u.username as artist,
           replace(t.owner_id::text, '-', '') as artist_id,
           replace(coalesce(r.id, t.id)::text, '-', '') as album_id,
           coalesce(r.title, t.title) as album,
           coalesce(p.number, 1) as number, t.title, t.genre
      from tracks t
      join users u on u.id = t.owner_id
      left join release_tracks p on p.track_id = t.id
      left join releases r on r.id = p.release_id
     where t.visibility = 'public' and t.status = 'ready'
"""


class Endpoint(Struct, frozen=True):
    """A server that speaks the API, its first process, and what a player signs in with."""

    port: int
    pid: int
    credentials: dict[str, object]


class Player(Struct, frozen=True):
    """A player on a connection to a server."""

    connection: HttpConnection
    credentials: dict[str, object]

    async def ask(self, name: str, **given: object) -> Any:
        """Return the content of an answer. Raises RuntimeError for a refusal."""
        request = Request(f"/rest/{name}?{urlencode(self.credentials | given)}")
        answer = await self.connection.send(encode_request(self.connection.port, request))
        found = msgspec.json.decode(answer.body)["subsonic-response"]
        if found["status"] != "ok":
            raise RuntimeError(f"{name}: {found['error']}")
        return next((value for key, value in found.items() if isinstance(value, dict | list)), {})


async def sync_as_symfonium(player: Player) -> int:
    """Copy the library as Symfonium does; return the number of songs."""
    for name in ("ping", "getMusicFolders", "getGenres", "getPlaylists", "getStarred2"):
        await player.ask(name)
    counts = {kind: await _search_all(player, kind) for kind in ("artist", "album", "song")}
    return counts["song"]


async def sync_as_feishin(player: Player) -> int:
    """Load the lists of Feishin, and open some albums; return the number of songs."""
    for name in ("ping", "getMusicFolders", "getGenres", "getPlaylists", "getArtists"):
        await player.ask(name)
    albums: list[Any] = []
    while True:
        given = {"type": "alphabeticalByName", "size": _PAGE, "offset": len(albums)}
        page = (await player.ask("getAlbumList2", **given)).get("album", [])
        albums += page
        if len(page) < _PAGE:
            break
    for album in albums[:: max(1, len(albums) // _OPENED)]:
        await player.ask("getAlbum", id=album["id"])
    return await _search_all(player, "song")


async def _search_all(player: Player, kind: str) -> int:
    """Ask for all items of a kind by a search without text; return how many there are."""
    found = 0
    none = {"artistCount": 0, "albumCount": 0, "songCount": 0}
    while True:
        given = none | {f"{kind}Count": _PAGE, f"{kind}Offset": found}
        page = (await player.ask("search3", query="", **given)).get(kind, [])
        found += len(page)
        if len(page) < _PAGE:
            return found


_SYNCS: dict[str, Callable[[Player], Awaitable[int]]] = {
    "Symfonium": sync_as_symfonium,
    "Feishin": sync_as_feishin,
}


async def run(plan: Plan) -> list[Result]:
    """Measure each player with each number of songs, beside Supysonic."""
    results: list[Result] = []
    for songs in SONGS:
        async with _filled(plan, songs) as server:
            credentials = await create_credentials(server)
            catalogue = await _list_songs(server)
            try:
                async with running_supysonic(catalogue) as peer:
                    servers = {
                        _VEZA: Endpoint(server.port, server.pid, credentials),
                        SUPYSONIC: Endpoint(peer.port, peer.pid, peer.credentials),
                    }
                    results += await _compare(plan, len(catalogue), servers)
            except PeerMissing as error:
                results += [Skipped(_case(name, songs), str(error)) for name in _SYNCS]
    return results


async def _compare(plan: Plan, songs: int, servers: dict[str, Endpoint]) -> list[Result]:
    """Measure in turn. Of many songs once: the reference takes minutes."""
    results: list[Result] = []
    for player, sync in _SYNCS.items():
        # Statements are prepared, and lists that a process remembers are read.
        await _measure(sync, servers[_VEZA], songs)
        samples: dict[str, list[Sample]] = {name: [] for name in servers}
        for _ in range(plan.rounds if songs < max(SONGS) else 1):
            for name, server in servers.items():
                samples[name].append(await _measure(sync, server, songs))
        results.append(compute_ratio(_case(player, songs), samples[_VEZA], samples[SUPYSONIC]))
    return results


async def _measure(
    sync: Callable[[Player], Awaitable[int]], server: Endpoint, songs: int
) -> Sample:
    """Return the seconds of a sync, and the CPU time of the server and its database."""
    before, began = cpu_of_server(server.pid), time.perf_counter()
    async with HttpConnection(server.port) as connection:
        found = await sync(Player(connection, server.credentials))
    took_s = time.perf_counter() - began
    if found != songs:
        raise RuntimeError(f"{found} of {songs} songs were found.")
    server_s, database_s = cpu_of_server(server.pid).since(before)
    return Sample(took_s, server_s * 1e6, database_s * 1e6)


def _case(player: str, songs: int) -> Case:
    name = f"sync of {songs:,} songs by {player}"
    return Case("sync", name, SUPYSONIC, "s", is_lower_better=True)


@asynccontextmanager
async def _filled(plan: Plan, songs: int) -> AsyncGenerator[Server]:
    """Run a server with so many songs, a tenth as many members."""
    sizes = structs.replace(
        plan.sizes, users=max(_FEW, songs // 20), tracks=songs, posts=_FEW, products=_FEW
    )
    with tempfile.TemporaryDirectory(prefix="veza-bench-") as scratch:
        folder = Path(scratch) / "data"
        await create_data(folder)
        async with running_server(Launch(folder)) as server:
            await fill(server.addresses.migration, server.superuser_url, sizes)
            await fill_players(server)
            yield server


async def _list_songs(server: Server) -> list[CatalogueSong]:
    connection = await asyncpg.connect(server.addresses.migration)
    try:
        rows = await connection.fetch(_SELECT_SONGS)
    finally:
        await connection.close()
    return [CatalogueSong(**dict(row)) for row in rows]


TOPIC = Topic("sync", run, is_compared=False)
