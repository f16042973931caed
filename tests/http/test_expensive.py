"""Expensive reads: bounded for all and for each client, cut off, cancelled without a client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from tests import make
from tests.http.apps import assemble, calling
from tests.infra.databases import execute
from tests.infra.waiting import until
from tests.support.addresses import own_address
from veza.app.paths import PREFIX
from veza.app.services import Services
from veza.domains.music.playlists.models.playlists import PlaylistForm
from veza.domains.music.playlists.models.smart_rules import SmartRules
from veza.domains.music.playlists.service import playlists
from veza.domains.subsonic.routes.rest import ENDPOINTS
from veza.http.dependencies import Conn, Tx
from veza.http.expensive import REPORT, SEARCH
from veza.infra.concurrency.fair_limiter import ServerBusy

# Names of statements, by which they are found on the server.
ASLEEP = "/* asleep */ select pg_sleep($1)::text"


@get("/asleep", expensive=SEARCH)
async def sleep_expensively(conn: Conn, seconds: FromQuery[float] = 60) -> str:
    return await conn.value(str, ASLEEP, seconds) or ""


@get("/asleep/sometimes", expensive=SEARCH.only_with("q"))
async def sleep_sometimes(conn: Conn, q: FromQuery[str] = "") -> str:
    return await conn.value(str, ASLEEP, 60 if q else 0) or ""


@get("/asleep/cheap")
async def sleep_cheaply(conn: Conn) -> str:
    return await conn.value(str, ASLEEP, 60) or ""


@get("/asleep/writing")
async def sleep_while_writing(tx: Tx) -> str:
    return await tx.value(str, ASLEEP, 1) or ""


@post("/asleep/posted", changes_nothing=True)
async def sleep_posted(conn: Conn) -> str:
    return await conn.value(str, ASLEEP, 1) or ""


@get("/asleep/limit", expensive=SEARCH)
async def show_limit(conn: Conn) -> str:
    return await conn.value(str, "show statement_timeout") or ""


@get("/asleep/limit/report", expensive=REPORT)
async def show_limit_of_report(conn: Conn) -> str:
    return await conn.value(str, "show statement_timeout") or ""


ROUTES = (
    show_limit,
    show_limit_of_report,
    sleep_expensively,
    sleep_sometimes,
    sleep_cheaply,
    sleep_while_writing,
    sleep_posted,
)


@pytest.fixture
def app(services: Services) -> Any:
    return assemble(services, routes=ROUTES)[1]


@pytest.fixture(autouse=True)
async def nobody_asleep(services: Services) -> AsyncIterator[None]:
    yield
    await until(lambda: is_asleep(services, 0))
    await until(lambda: not services.database.pool._in_use)


async def count_asleep(services: Services) -> int:
    sql = """
        select count(*)::int
          from pg_stat_activity
         where query like '/* asleep */%' and state = 'active'
    """
    [(count,)] = await execute(services.addresses.database, sql)
    return count


async def is_asleep(services: Services, count: int) -> bool:
    return await count_asleep(services) == count


@asynccontextmanager
async def from_elsewhere(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app, path="/", peer=own_address()) as client:
        yield client


def ensure_busy(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == "server_busy"
    assert answer.headers["retry-after"] == "1"


async def test_an_expensive_statement_ends_after_a_second(app: Any) -> None:
    async with from_elsewhere(app) as client:
        answer = await client.get("asleep")
    assert answer.status_code == 503
    assert answer.json()["code"] == "query_timed_out"
    assert int(answer.headers["retry-after"]) > 0


async def test_a_search_has_a_second_and_a_report_ten(app: Any) -> None:
    async with from_elsewhere(app) as client:
        assert (await client.get("asleep/limit")).text == "1s"
        assert (await client.get("asleep/limit/report")).text == "10s"


async def test_the_limit_of_time_ends_with_the_request(services: Services, app: Any) -> None:
    async with from_elsewhere(app) as client:
        assert (await client.get("asleep", params={"seconds": 0})).status_code == 200
    pool = services.database.pool
    connections = [await pool.acquire() for _ in range(pool.max_size)]
    try:
        for raw in connections:
            assert await raw.fetchval("show statement_timeout") != "1s"
    finally:
        for raw in connections:
            pool.release(raw, is_idle=True)


@pytest.mark.long
async def test_one_address_has_one_place_and_few_in_the_line(services: Services, app: Any) -> None:
    async with from_elsewhere(app) as greedy, from_elsewhere(app) as other:
        asking = [asyncio.create_task(greedy.get("asleep")) for _ in range(60)]
        await until(lambda: is_asleep(services, 1))
        quick = await other.get("asleep", params={"seconds": 0})
        assert quick.status_code == 200, "Nobody else waits for the greedy one."
        cheap = await greedy.get("asleep/sometimes")
        assert cheap.status_code == 200, "What costs little isn't held."
        answers = await asyncio.gather(*asking)
    codes = [answer.json()["code"] for answer in answers]
    # Of the four that waited some were let in while others lost patience.
    assert codes.count("query_timed_out") <= 5
    assert codes.count("server_busy") >= 55
    for answer in answers:
        if answer.json()["code"] == "server_busy":
            ensure_busy(answer)


@pytest.mark.long
async def test_however_many_addresses_ask_two_statements_run(services: Services, app: Any) -> None:
    async def ask_from_elsewhere() -> httpx.Response:
        async with from_elsewhere(app) as client:
            return await client.get("asleep/sometimes", params={"q": "a"})

    asking = [asyncio.create_task(ask_from_elsewhere()) for _ in range(50)]
    most = 0
    while not all(task.done() for task in asking):
        most = max(most, await count_asleep(services))
        await asyncio.sleep(0.02)
    assert most == 2
    assert {task.result().status_code for task in asking} == {503}


async def _leave_while_asleep(services: Services, app: Any, path: str, method: str) -> list[Any]:
    """Ask, and go away once the server is at it; give what was sent."""
    gone = asyncio.Event()
    sent: list[Any] = []
    begun = False

    async def receive() -> dict[str, Any]:
        nonlocal begun
        if not begun:
            begun = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def hear(message: Any) -> None:
        sent.append(message)

    scope = _scope(path, method)
    task = asyncio.create_task(app(scope, receive, hear))
    await until(lambda: is_asleep(services, 1))
    gone.set()
    await task
    return sent


def _scope(path: str, method: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"q=a",
        "headers": [(b"host", b"veza.test")],
        "client": (own_address(), 1234),
        "server": ("veza.test", 80),
    }


@pytest.mark.long
@pytest.mark.parametrize("path", ["/asleep/cheap", "/asleep/sometimes", "/asleep"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_read_whose_client_goes_away_is_cancelled_in_the_database(
    services: Services, app: Any, path: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Were it the limit of time that ends it, the test would pass by itself.
    monkeypatch.setattr("veza.http.expensive._SEARCH_TIMEOUT_MS", 30_000)
    app = assemble(services, routes=ROUTES)[1]
    async with asyncio.timeout(28):
        sent = await _leave_while_asleep(services, app, path, method)
        await until(lambda: is_asleep(services, 0))
    assert [m["status"] for m in sent if m["type"] == "http.response.start"] == [499]


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "method", "status"), [("/asleep/writing", "GET", 200), ("/asleep/posted", "POST", 201)]
)
async def test_what_may_write_goes_on_without_its_client(
    services: Services, app: Any, path: str, method: str, status: int
) -> None:
    sent = await _leave_while_asleep(services, app, path, method)
    assert [m["status"] for m in sent if m["type"] == "http.response.start"] == [status]


async def test_who_waits_for_a_place_and_goes_away_leaves_the_line(
    services: Services, app: Any
) -> None:
    async with from_elsewhere(app) as client:
        holding = [asyncio.create_task(client.get("asleep")) for _ in range(3)]
        await until(lambda: is_asleep(services, 1))
        for task in holding:
            task.cancel()
        await asyncio.gather(*holding, return_exceptions=True)
        await until(lambda: is_asleep(services, 0))
        assert (await client.get("asleep", params={"seconds": 0})).status_code == 200


# What reads much, whoever asks, or with which parameters. A new route of this kind goes in here.
_EXPENSIVE = {
    ("/admin/copyright/register", ""): REPORT,
    ("/tracks", "genre"): SEARCH,
    ("/tracks/search", ""): SEARCH,
    ("/search", ""): SEARCH,
    ("/releases", "genre"): SEARCH,
    ("/users/me/likes", "sort_by"): SEARCH,
    ("/marketplace/products", "search"): SEARCH,
    ("/tags/suggest", ""): SEARCH,
    ("/conversations", "q"): SEARCH,
    ("/conversations/search", ""): SEARCH,
    ("/live/streams", "tag"): SEARCH,
    ("/stations/{station_id:uuid}/history", ""): SEARCH,
    ("/stations/{station_id:uuid}/report", ""): REPORT,
    ("/stations/{station_id:uuid}/requests", "q"): SEARCH,
    ("/cloud/files", "search"): SEARCH,
    ("/cloud/links", ""): SEARCH,
    ("/inventory/gear", "q"): SEARCH,
    ("/statistics/overview", ""): SEARCH,
    ("/statistics/tracks", ""): SEARCH,
    ("/statistics/releases", ""): SEARCH,
    ("/statistics/products", ""): SEARCH,
    ("/statistics/referrers", ""): SEARCH,
    ("/tracks/{track_id:uuid}/statistics", ""): SEARCH,
    ("/tracks/{track_id:uuid}/statistics/referrers", ""): SEARCH,
    ("/releases/{release_id:uuid}/statistics", ""): SEARCH,
    ("/playlists/{playlist_id:uuid}/export", ""): SEARCH,
    ("/tracks/{track_id:uuid}/replay/chat", ""): SEARCH,
    ("/shows/{show_id:uuid}/episodes/{track_id:uuid}/transcript", ""): SEARCH,
    ("/shows/{show_id:uuid}/downloads", ""): SEARCH,
    ("/marketplace/statements", ""): REPORT,
    ("/admin/users", ""): REPORT,
    ("/admin/audit", ""): REPORT,
    ("/admin/orders", ""): REPORT,
    ("/admin/refunds", ""): REPORT,
    ("/admin/commissions", ""): REPORT,
    ("/admin/ledger", ""): REPORT,
    ("/admin/transfers", ""): REPORT,
    ("/admin/webhooks", ""): REPORT,
    ("/admin/stats", ""): REPORT,
    ("/admin/traffic", ""): REPORT,
    ("/admin/text-filters/preview", ""): REPORT,
    ("/sell/tax-reports/oss", ""): REPORT,
    ("/sell/taxes", ""): REPORT,
}


def handlers_of(services: Services) -> dict[str, HTTPRouteHandler]:
    litestar = assemble(services)[0]
    found: dict[str, HTTPRouteHandler] = {}
    for route in litestar.routes:
        for handler in getattr(route, "route_handlers", ()):
            is_get = isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods
            if is_get and route.path.startswith(PREFIX):
                found[route.path.removeprefix(PREFIX)] = handler
    return found


def test_every_search_and_report_is_known_as_expensive(services: Services) -> None:
    handlers = handlers_of(services)
    for (path, parameter), expensive in _EXPENSIVE.items():
        said = handlers[path].opt["expensive"]
        assert said.kind is expensive.kind, path
        assert said.applies_to({parameter: "a"} if parameter else {}), path
    marked = {path for path, handler in handlers.items() if "expensive" in handler.opt}
    assert marked == {path for path, _ in _EXPENSIVE}


def test_what_searches_by_words_is_expensive(services: Services) -> None:
    for path, handler in handlers_of(services).items():
        if {"q", "search"} & set(handler.parsed_fn_signature.parameters):
            assert "expensive" in handler.opt, path


# What reads or lists much for music players. The others read few rows by their ids, or change
# something: what they answer after that must not be refused.
_EXPENSIVE_FOR_PLAYERS = {
    *("getArtists", "getIndexes", "getArtist", "getArtistInfo", "getArtistInfo2"),
    *("getAlbum", "getAlbumList", "getAlbumList2", "getMusicDirectory", "getGenres"),
    *("getSongsByGenre", "getRandomSongs", "getTopSongs", "getSimilarSongs", "getSimilarSongs2"),
    *("getStarred", "getStarred2", "search2", "search3", "getLyrics"),
    *("getPlaylists", "getPlaylist", "getPlayQueue", "getPlayQueueByIndex", "getBookmarks"),
    *("getShares", "getInternetRadioStations", "getPodcasts", "getNewestPodcasts"),
}


def test_every_list_and_search_of_music_players_is_known_as_expensive() -> None:
    marked = {name for name, endpoint in ENDPOINTS.items() if endpoint.expensive is SEARCH}
    assert marked == _EXPENSIVE_FOR_PLAYERS
    assert not any(endpoint.is_change for name, endpoint in ENDPOINTS.items() if name in marked)


@asynccontextmanager
async def full_line(services: Services, app: Any, address: str) -> AsyncIterator[None]:
    """Take the place of an address, and all that it has in the line."""
    async with calling(app, path="/", peer=address) as client:
        asking = [asyncio.create_task(client.get("asleep")) for _ in range(9)]
        try:
            await until(lambda: is_asleep(services, 1))
            yield
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)


async def test_players_share_the_places_of_their_address_with_everything_else(
    services: Services, app: Any
) -> None:
    owner, address = await make.person(services), own_address()
    known = {"u": owner.username, "p": await make.app_password(services, owner), "f": "json"}
    async with calling(app, path="/rest/", peer=address) as player:
        async with full_line(services, app, address):
            cheap = await player.get("ping", params=known)
            refused = [
                (
                    await player.get(name, params=known | {"id": f"pl-{owner.id}", "query": ""})
                ).json()
                for name in ("search3", "getArtists", "getStarred2", "getPlaylist")
            ]
        free = await player.get("search3", params=known | {"query": ""})
    assert cheap.json()["subsonic-response"]["status"] == "ok"
    for answer in refused:
        assert answer["subsonic-response"]["error"]["message"] == ServerBusy.message
    assert free.json()["subsonic-response"]["status"] == "ok"


async def test_only_the_cover_of_a_smart_playlist_needs_a_place(
    services: Services, app: Any
) -> None:
    owner, address = await make.person(services), own_address()
    known = {"u": owner.username, "p": await make.app_password(services, owner), "f": "json"}
    async with services.database.transaction() as tx:
        made = [
            await playlists.create_playlist(
                tx, owner.member, PlaylistForm("A", rules=rules), make.NO_LINKS
            )
            for rules in (None, SmartRules())
        ]
    stored, smart = ({"id": f"pl-{each.id}"} for each in made)
    async with (
        calling(app, path="/rest/", peer=address) as player,
        full_line(services, app, address),
    ):
        found = await player.get("getCoverArt", params=known | stored)
        refused = await player.get("getCoverArt", params=known | smart)
    assert found.json()["subsonic-response"]["error"]["code"] == 70, "It has no track."
    assert refused.json()["subsonic-response"]["error"]["message"] == ServerBusy.message
