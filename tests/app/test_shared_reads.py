"""The reads in front of the framework answer as its routes do, to the byte."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from tests import make
from tests.http.apps import assemble, calling
from tests.make import Person
from veza.app import api
from veza.app.services import Services
from veza.core import signed_urls
from veza.core.access import Scope
from veza.core.errors import Unavailable
from veza.core.ids import new_id
from veza.core.pages import Cursor, encode_cursor
from veza.domains.notifications.inbox import service as inbox
from veza.domains.notifications.inbox.jobs.account_notices import notify_of_export
from veza.domains.privacy.events import ExportReady
from veza.http.fast.shared_reads import SharedReads
from veza.http.fast.shared_routes import find_shared_routes
from veza.infra.postgres.replica import ReplicaReads

LISTS = ("tracks", "social/feed", "social/explore", "social/trending", "marketplace/products")
CURSOR_LISTS = LISTS[:-1]
MEMBERS_LISTS = ("notifications", "conversations")
QUERIES = (
    *("", "limit=2", "limit=100", "limit=0", "limit=101", "limit=-1", "limit=02", "limit=2.0"),
    *("limit=", "limit", "limit=x", "limit=2&limit=3", "limit=2&", "&limit=2", "limit=%32"),
    *("unknown=1", "limit=2&unknown=1", "LIMIT=2", "page=1", "page=2&limit=1", "genre=ambient"),
    *("cursor=", "cursor=x", "cursor=bm8", f"cursor={'A' * 1001}", "cursor=x&page=1", "%00=1"),
    *("sort_by=title", "sort_by=plays_count&sort_order=asc", "sort_by=nothing", "sort_order=up"),
    *("sort_by=title&cursor=x", "limit=1;unknown=2", "limit=2#x", "q=", "limit=٢"),
    *("offset=1", "offset=0&limit=2", "offset=01", "offset=-1", "offset=9999", "offset=99999"),
    *(
        "offset=123456",
        "offset=",
        "sort=popular",
        "sort=price_asc&offset=1",
        "sort=nothing",
        "sort=",
    ),
    *("sort=", "search=", "search=a&offset=1", "type=other", "type=nothing&limit=1"),
)
HEADERS: tuple[dict[str, str], ...] = (
    {"accept-encoding": "gzip"},
    {"accept-encoding": "zstd, gzip"},
    {"accept-encoding": "gzip;q=0"},
    {"range": "bytes=0-9"},
    {"content-length": "0"},
    {"if-none-match": "*"},
    {"if-none-match": '"unknown"'},
    {"accept": "application/problem+json"},
    {"accept": "text/html"},
    {"authorization": "Bearer nonsense"},
    {"authorization": "Basic nonsense"},
    {"authorization": "Bearer "},
    {"x-api-key": "nonsense"},
    {"authorization": "Bearer a", "x-api-key": "b"},
    {"cookie": "unrelated=1"},
    {"cookie": "access_token=nonsense; veza_access=nonsense"},
    {"host": "other.example:81"},
    {"x-forwarded-proto": "https", "x-forwarded-for": "10.0.0.1"},
    {"origin": "https://elsewhere.example"},
    {"sec-gpc": "1"},
)


class Both:
    """The application with and without the reads in front of it."""

    def __init__(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.fronted = assemble(services)
        with monkeypatch.context() as patch:
            patch.setattr(api, "find_shared_routes", lambda _: [])
            self.plain = api.wrap(self.app, services.settings)
        # Signatures expire at a whole second, and both are asked in the same one.
        moment = time.time()
        monkeypatch.setattr(signed_urls, "time", SimpleNamespace(time=lambda: moment))

    async def ask(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """Ask both, and fail if they differ."""
        sent = {"accept-encoding": "identity"} | headers | {"x-request-id": "the-same"}
        async with calling(self.fronted) as one, calling(self.plain) as other:
            given = await one.request(method, path, headers=sent)
            expected = await other.request(method, path, headers=sent)
        assert _parts(given) == _parts(expected), (method, path, headers)
        return given


def _parts(answer: httpx.Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    return answer.status_code, answer.headers.raw, answer.content


@pytest.fixture
def both(services: Services, monkeypatch: pytest.MonkeyPatch) -> Both:
    return Both(services, monkeypatch)


@pytest.fixture
async def artist(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def paths(services: Services, artist: Person) -> dict[str, str]:
    """A path of each kind of content, and of what some or all may not see."""
    async with services.database.transaction() as tx:
        owner = artist.member
        tracks = [await make.bare_track(tx, owner, f"Ferry {n}", tags=["a", "b"]) for n in range(3)]
        unlisted = await make.bare_track(tx, owner, "By link", visibility="unlisted")
        private = await make.bare_track(tx, owner, "Mine", visibility="private")
        posts = [await make.post(tx, owner, f"Post {n}") for n in range(3)]
        product = await make.product(tx, owner)
        draft = await make.product(tx, owner, status="draft", published_at=None)
    return {
        "track": f"tracks/{tracks[0]}",
        "unlisted": f"tracks/{unlisted}",
        "private": f"tracks/{private}",
        "missing track": f"tracks/{new_id()}",
        "post": f"social/posts/{posts[0]}",
        "missing post": f"social/posts/{new_id()}",
        "product": f"marketplace/products/{product}",
        "draft": f"marketplace/products/{draft}",
    }


@pytest.mark.parametrize("path", LISTS)
async def test_lists_are_the_same_for_every_query(
    both: Both, paths: dict[str, str], path: str
) -> None:
    statuses = {
        (await both.ask(f"{path}?{query}" if query else path)).status_code for query in QUERIES
    }

    assert statuses == {200, 400}


@pytest.mark.parametrize("path", MEMBERS_LISTS)
async def test_lists_of_members_are_the_same_for_every_query(
    both: Both, services: Services, artist: Person, path: str
) -> None:
    async with services.database.transaction() as tx:
        friends = [(await make.member_in(tx))[0] for _ in range(3)]
        for friend in friends:
            await make.conversation_in(tx, "direct", artist.member, friend)
            await make.notification(tx, artist.member, friend)
            # What comes after it is another notification.
            await inbox.mark_all_read(tx, artist.member, None)
    first = (await both.ask(f"{path}?limit=2", **artist.headers)).json()["data"]
    assert (len(first[path]), first["has_more"]) == (2, True)
    own = (f"cursor={first['next_cursor']}&limit=2", "type=direct", "type=nothing", "type=room&q=a")
    statuses = {
        (await both.ask(f"{path}?{query}", **artist.headers)).status_code
        for query in (*QUERIES, *own)
    }

    assert statuses == {200, 400}
    # A member has nothing of another one's, and nobody has anything without credentials.
    assert not (await both.ask(path, **(await make.person(services)).headers)).json()["data"][path]
    for headers in HEADERS:
        assert (await both.ask(path, **headers)).status_code in {400, 401}
        assert (await both.ask(path, **(artist.headers | headers))).status_code in {200, 400, 401}


@pytest.mark.parametrize("path", CURSOR_LISTS)
async def test_pages_follow_each_other_in_the_same_way(
    both: Both, paths: dict[str, str], path: str
) -> None:
    cursor, seen = "", 0
    for _ in range(4):
        page = (await both.ask(f"{path}?limit=1{cursor}")).json()["data"]
        seen += len(page["tracks" if path == "tracks" else "posts"])
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen >= 3
    await both.ask(f"tracks?sort_by=title{cursor}")
    await both.ask(f"social/trending?limit=1{cursor}")


# Changes of what a list shows of a track, $1, and of its owner.
CHANGES = (
    "update tracks set title = title || '!' where id = $1",
    "update tracks set plays_count = plays_count + 1 where id = $1",
    "insert into track_lyrics (track_id, plain, updated_at) values ($1, 'La', now())",
    "delete from track_lyrics where track_id = $1",
    """update users set username = 'x' || username
        where id = (select owner_id from tracks where id = $1)""",
    """update users set suspended_at = now(), suspension_reason = 'x'
        where id = (select owner_id from tracks where id = $1)""",
    """update users set suspended_at = null, suspension_reason = null
        where id = (select owner_id from tracks where id = $1)""",
    "update tracks set visibility = 'unlisted' where id = $1",
    "update tracks set visibility = 'public' where id = $1",
    "update tracks set visibility = 'private' where id = $1",
    "update tracks set visibility = 'public' where id = $1",
    "update tracks set status = 'processing' where id = $1",
    "update tracks set status = 'ready' where id = $1",
    "delete from tracks where id = $1",
)


async def test_each_change_is_in_the_next_response(
    both: Both, services: Services, artist: Person, paths: dict[str, str]
) -> None:
    reader = await make.person(services)
    track_id = UUID(paths["track"].removeprefix("tracks/"))
    bodies = [b""]
    for change in CHANGES:
        async with services.database.transaction() as tx:
            await tx.run(change, track_id)
        for headers in (artist.headers, reader.headers, {}):
            answer = await both.ask("tracks?limit=4", **headers)
            await both.ask(paths["track"], **headers)
        assert answer.content != bodies[-1], change
        bodies.append(answer.content)


async def test_pages_that_are_asked_for_together_are_the_same(
    both: Both, services: Services, artist: Person, paths: dict[str, str]
) -> None:
    ends = [Cursor(datetime(year, 1, 1, tzinfo=UTC), new_id()) for year in (2100, 1900)]
    cursors = [encode_cursor(end) for end in ends]
    for _ in range(5):
        page = (await both.ask(f"tracks?limit=2&cursor={cursors[-2]}")).json()["data"]
        if page["has_more"]:
            cursors.insert(-1, page["next_cursor"])
    queries = [
        f"tracks?limit={limit}&sort_order={order}&cursor={cursor}"
        for cursor in cursors
        for limit in (1, 2)
        for order in ("asc", "desc")
    ]
    async with calling(both.fronted) as one, calling(both.plain) as other:
        given = await asyncio.gather(*(one.get(query) for query in queries * 2))
        expected = [await other.get(query) for query in queries]

    assert [answer.content for answer in given] == [answer.content for answer in expected] * 2
    assert {answer.status_code for answer in given} == {200}
    assert sum(not answer.json()["data"]["tracks"] for answer in expected) >= 2


async def test_tracks_that_are_asked_for_together_are_the_same(
    both: Both, services: Services, artist: Person, paths: dict[str, str]
) -> None:
    suspended = await make.person(services)
    async with services.database.transaction() as tx:
        hidden = await make.bare_track(tx, suspended.member, "Of a suspended member")
        failed = await make.bare_track(tx, artist.member, "x", status="processing")
        others = [await make.bare_track(tx, artist.member, f"Other {n}") for n in range(5)]
    await make.suspended(services, suspended)
    asked = [path for path in paths.values() if path.startswith("tracks/")]
    asked += [f"tracks/{track_id}" for track_id in (hidden, failed, *others)]
    async with calling(both.fronted) as one, calling(both.plain) as other:
        # In the first turn each is read by itself, if none waits.
        given = await asyncio.gather(*(one.get(path) for path in asked * 3))
        expected = [await other.get(path) for path in asked] * 3

    assert [_content(answer) for answer in given] == [_content(answer) for answer in expected]
    assert [answer.status_code for answer in given].count(404) == 4 * 3


async def test_headers_change_both_in_the_same_way(both: Both, paths: dict[str, str]) -> None:
    statuses: set[int] = set()
    for path in (*LISTS, *paths.values()):
        for headers in HEADERS:
            statuses.add((await both.ask(path, **headers)).status_code)

    assert statuses == {200, 304, 401, 404}


async def test_unusual_paths_and_methods_are_the_same(both: Both, paths: dict[str, str]) -> None:
    track = paths["track"]
    for path in (*LISTS, *paths.values()):
        for method in ("HEAD", "OPTIONS", "POST", "PATCH"):
            await both.ask(path, method)
    for path in (
        *("tracks/", "tracks//", "Tracks", "tracks/x", "tracks/{track_id}", "tracks/%7Bid%7D"),
        *(track.upper(), track + "/", track + "x", track.replace("-", ""), track + "?x=1"),
        *("social/feed/", "social/posts/", "social/posts/1", "marketplace/products/1"),
    ):
        await both.ask(path)


async def test_members_are_answered_the_same(
    both: Both, services: Services, artist: Person, paths: dict[str, str]
) -> None:
    reader = await make.person(services)
    signed = [
        artist.headers,
        reader.headers,
        await make.key_headers(services, reader),
        await make.key_headers(services, reader, Scope.WRITE),
        {"cookie": f"access_token={reader.token}"},
        {"cookie": f"__Host-access_token={reader.token}"},
        {"cookie": f"veza_access={reader.token}"},
    ]
    async with calling(both.fronted) as client:
        await client.post(f"{paths['track']}/like", headers=reader.headers)
    asked = {
        (path in MEMBERS_LISTS, (await both.ask(path, **headers)).status_code)
        for path in (*LISTS, *MEMBERS_LISTS, *paths.values())
        for headers in signed
    }

    assert {status for is_own, status in asked if not is_own} == {200, 403, 404}
    # A cookie of another name is no credential.
    assert {status for is_own, status in asked if is_own} == {200, 401, 403}
    mine = await both.ask(paths["private"], **artist.headers)
    assert mine.headers["cache-control"] == "no-store"
    assert "etag" not in mine.headers
    assert (await both.ask(paths["track"], **reader.headers)).json()["data"]["liked"] is True
    assert "liked" not in (await both.ask(paths["track"])).json()["data"]


async def test_what_a_suspended_member_made_is_hidden_in_both(
    both: Both, services: Services, artist: Person, paths: dict[str, str]
) -> None:
    await make.suspended(services, artist)

    for path in paths.values():
        assert (await both.ask(path)).status_code == 404
    for path in LISTS:
        assert artist.username not in (await both.ask(path)).text
    await both.ask(paths["track"], **artist.headers)


async def test_what_was_not_modified_is_304_in_both(both: Both, paths: dict[str, str]) -> None:
    for path in ("tracks?limit=3", paths["track"], "social/feed?limit=3"):
        for coding in ("identity", "zstd"):
            tag = (await both.ask(path, **{"accept-encoding": coding})).headers["etag"]
            answer = await both.ask(path, **{"accept-encoding": coding, "if-none-match": tag})
            assert (answer.status_code, answer.content) == (304, b"")


async def test_maintenance_and_failures_are_the_same(both: Both, paths: dict[str, str]) -> None:
    context = both.app.state.context

    def close() -> None:
        raise Unavailable("Under maintenance.", retry_after=7)

    both.app.state.context = msgspec.structs.replace(context, ensure_open=close)
    for path in (*LISTS, *paths.values()):
        answer = await both.ask(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")

    class Broken:
        def read(self) -> Any:
            raise RuntimeError("no connection")

    database: Any = Broken()
    reads = ReplicaReads(database, None)
    broken = msgspec.structs.replace(context, database=database, replica_reads=reads)
    both.app.state.context = broken
    for path in (*LISTS, *paths.values()):
        assert (await both.ask(path)).status_code == 500


async def test_both_are_logged_and_limited_in_the_same_way(
    services: Services, monkeypatch: pytest.MonkeyPatch, paths: dict[str, str]
) -> None:
    limited = msgspec.structs.replace(services.settings, rate_limit_per_ip=3)
    both = Both(msgspec.structs.replace(services, settings=limited), monkeypatch)
    events: list[list[Any]] = []
    for number, app in enumerate((both.fronted, both.plain)):
        async with calling(app, peer=f"203.0.113.{number + 1}") as client:
            with capture_logs() as logs:
                answers = [await client.get(paths["track"]) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == [*"2100"]
        events.append([{**event, "ms": 0} for event in logs if event["event"] == "request"])

    assert events[0] == events[1]
    assert events[0][0]["path"] == f"/api/v1/{paths['track']}"


@pytest.mark.long
@pytest.mark.parametrize(
    "changes",
    [
        {"trusted_proxies": ["127.0.0.0/8"]},
        {"public_url": "https://music.example"},
        {"cors_origins": ["*"]},
        {"cors_origins": ["https://elsewhere.example"]},
    ],
    ids=str,
)
async def test_other_settings_change_both_in_the_same_way(
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    paths: dict[str, str],
    changes: dict[str, Any],
) -> None:
    settings = msgspec.structs.replace(services.settings, **changes)
    both = Both(msgspec.structs.replace(services, settings=settings), monkeypatch)

    for path in ("tracks?limit=3", paths["track"], paths["unlisted"]):
        for headers in HEADERS:
            await both.ask(path, **headers)


async def test_usual_requests_need_no_framework(
    both: Both, artist: Person, paths: dict[str, str]
) -> None:
    async def fail(*_: Any) -> None:
        raise AssertionError

    front: Any = SharedReads(fail, both.app.state, find_shared_routes(both.app), ())
    seen = [paths[kind] for kind in ("track", "unlisted", "post", "product")]
    async with calling(front) as client:
        for path in (*LISTS, "tracks?limit=3&sort_by=title", *seen):
            assert (await client.get(path)).status_code == 200
        for path in MEMBERS_LISTS:
            assert (await client.get(path, headers=artist.headers)).status_code == 200


@pytest.fixture
def reads(services: Services, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Fills with one item for each read of the primary server that begins."""
    begun: list[None] = []
    read = services.database.read

    def count() -> Any:
        begun.append(None)
        return read()

    monkeypatch.setattr(services.database, "read", count)
    return begun


async def test_many_who_ask_together_are_answered_by_few_queries(
    both: Both, paths: dict[str, str], reads: list[None]
) -> None:
    async with calling(both.fronted) as client:
        asked = [client.get(path) for path in ("tracks", paths["track"]) for _ in range(50)]
        answers = await asyncio.gather(*asked)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 2
    # A round each, and perhaps some for those who came while it ran.
    assert len(reads) < 20


async def test_members_share_queries_with_nobody_but_themselves(
    both: Both,
    services: Services,
    artist: Person,
    paths: dict[str, str],
    reads: list[None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [await make.person(services) for _ in range(3)]
    # A key may not have the address of the archive with all of the member's data.
    key = await make.key_headers(services, artist)
    export_id = await make.export(services, artist)
    async with services.database.transaction() as tx:
        await notify_of_export(tx, ExportReady(export_id, artist.id))
    async with calling(both.fronted) as client:
        await client.post(f"{paths['track']}/like", headers=others[0].headers)
        paths_asked = ("tracks", "social/feed", "notifications", paths["track"], paths["private"])
        signed = [artist.headers, key, *(person.headers for person in others)]
        pairs = [(path, headers) for path in paths_asked for headers in signed]
        alone = [await client.get(path, headers=headers) for path, headers in pairs]
        reads.clear()
        # Those who ask while the first read waits would be answered by the next one.
        gate = asyncio.Event()
        monkeypatch.setattr(inbox, "list_notifications", _after(gate, inbox.list_notifications))
        asked: list[asyncio.Task[httpx.Response]] = []
        for _ in range(2):
            asked += [
                asyncio.create_task(client.get(path, headers=headers))
                for path, headers in pairs * 10
            ]
            await asyncio.sleep(1)
        gate.set()
        together = [await one for one in asked]

    addresses = [
        bool(answer.json()["data"]["notifications"][0]["export"]["url"])
        for (path, headers), answer in zip(pairs, alone, strict=True)
        if path == "notifications" and headers in (artist.headers, key)
    ]
    assert addresses == [True, False]
    for expected, given in zip(alone * 20, together, strict=True):
        assert _content(given) == _content(expected)
    # A round for each pair, and some for those that came while it ran.
    assert len(reads) < len(together) / 2


def _after(gate: asyncio.Event, act: Callable[..., Awaitable[Any]]) -> Any:
    async def run(*args: Any, **named: Any) -> Any:
        await gate.wait()
        return await act(*args, **named)

    return run


def _content(answer: httpx.Response) -> tuple[int, str]:
    """Return what is the same in each response."""
    return answer.status_code, re.sub(
        r'"request_id":"[^"]*"|#?\?[^"]*expires=[^"]*', "", answer.text
    )
