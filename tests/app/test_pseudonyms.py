"""Nothing that a stranger can read tells whose account is behind a page.

A page publishes all kinds of things; then every GET of the API, the pages, feeds, embeds and calls
of music players are asked for them, by a visitor and by another member.
"""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests import make
from tests.calls import Call, list_calls
from tests.domains.auth.accounts.people import open_client
from tests.make import Page, Person
from veza.app.domains import PERSONAL_DATA
from veza.app.services import Services
from veza.app.worker import run_until_empty
from veza.core.access import Access, Role
from veza.core.clock import now
from veza.core.ids import ProductId, new_id
from veza.http.security.authorization import access_of

_PLAYERS = (
    *("getArtists", "getIndexes", "getAlbumList2?type=newest", "getRandomSongs"),
    *("getArtist?id={artist}", "getArtistInfo2?id={artist}", "getAlbum?id={album}"),
    *("getSong?id={song}", "getMusicDirectory?id={artist}", "getTopSongs?artist={name}"),
    *("search3?query={name}", "getAlbumInfo2?id={album}", "getSimilarSongs2?id={artist}"),
)


@pytest.fixture
async def page(services: Services) -> Page:
    owner = await make.person(services, Role.CREATOR, f"secret{new_id().hex[-20:]}")
    return await make.page(services, owner, display_name="Nobody Knows")


async def _publish(client: httpx.AsyncClient, services: Services, page: Page) -> dict[str, str]:
    """Publish one of each kind as the page, by its owner; return the ids by parameter."""
    artist = page.as_owner.member
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, artist, "Hidden")
        release = await make.release(tx, artist, "Hidden", track)
        sql = "update releases set visibility = 'public', tracks_count = 1 where id = $1"
        await tx.run(sql, release)
        product = await make.product(tx, artist, "Hidden", release_id=release)
        playlist, _ = await make.playlist(tx, artist, "Hidden", track, "public")
        stream = await make.stream(tx, artist, "Hidden")

    async def send(method: str, path: str, **body: Any) -> Any:
        answer = await client.request(method, path, headers=page.headers, json=body)
        assert answer.is_success, (path, answer.text)
        return answer.json()["data"]

    post = await send("POST", "social/posts", content="Hidden", track_id=str(track))
    await send("POST", "social/comments", post_id=post["id"], content="Hidden")
    await send("POST", f"tracks/{track}/comments", content="Hidden")
    await send("POST", f"tracks/{track}/like")
    await send("PUT", f"profiles/{page.id}", place="Nowhere", text="Hidden")
    await run_until_empty(services)
    return {
        "track_id": str(track),
        "release_id": str(release),
        "product_id": str(product),
        "playlist_id": str(playlist),
        "stream_id": str(stream),
        "post_id": str(post["id"]),
        **dict.fromkeys(("profile_id", "user_id", "seller_id"), str(page.id)),
        **dict.fromkeys(("username", "handle"), page.handle),
        "path": "master.m3u8",
        "page": "about",
        "file_name": "index.m3u8",
    }


async def _talk(services: Services, page: Page, other: Person) -> dict[str, str]:
    """Follow another member as the page, and write to them."""
    member = page.as_owner
    talk = await make.conversation(services, "direct", member, other)
    said = await make.message(services, member, talk, "Hidden")
    await make.follows(services, member, other)
    return {"conversation_id": str(talk), "message_id": str(said.id)}


def _fill(call: Call, things: Mapping[str, str]) -> str | None:
    """Return the path of a call for the things of the page; None if it is about something else."""
    path = call.path
    for part in path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}").partition(":")[0]
            if name not in things:
                return None
            path = path.replace(part, things[name])
    return path


def _list_paths(things: Mapping[str, str]) -> list[str]:
    staff = {Access.MODERATOR, Access.ADMIN}
    # The document of the API names no data, and the metrics are for operators.
    left_out = ("/swagger", "/openapi", "/metrics", "/_", "/assets", "/icons")
    paths = [
        _fill(call, things)
        for call in list_calls()
        if call.method == "GET" and access_of(call.handler) not in staff
        if not call.path.startswith(left_out)
    ]
    searches = ("search?q=Hidden", "search?q=Nobody", "tracks/search?q=Hidden")
    return [*(path for path in paths if path), *(f"/api/v1/{each}" for each in searches)]


def _ensure_nothing(place: str, answer: bytes, secrets: set[str]) -> None:
    found = [secret for secret in secrets if secret.encode().lower() in answer.lower()]
    assert not found, f"{place} tells {found}: {answer[:2000]!r}"


def _secrets_of(owner: Person) -> set[str]:
    return {str(owner.id), owner.id.hex, owner.username, f"{owner.username}@example.com"}


async def test_no_answer_tells_who_is_behind_a_page(
    app: Litestar, services: Services, client: httpx.AsyncClient, page: Page
) -> None:
    other = await make.person(services)
    things = await _publish(client, services, page) | await _talk(services, page, other)
    secrets = _secrets_of(page.owner)
    root = str(client.base_url).removesuffix("/api/v1/")
    asked = named = 0
    async with open_client(services, app) as stranger:
        stranger.event_hooks["response"].clear()
        for path in _list_paths(things):
            for headers in ({}, other.headers):
                answer = await stranger.get(f"{root}{path}", headers=headers)
                shown = answer.content + str(answer.headers.multi_items()).encode()
                _ensure_nothing(path, shown, secrets)
                asked += answer.is_success
                named += page.handle.encode() in shown
        players = await _ask_as_players(stranger, services, other, things, secrets, root)
    # What is asked for is there, and much of it names the page.
    assert (asked > 130, named > 40, players > 10) == (True, True, True), (asked, named, players)


async def test_no_answer_tells_a_seller_who_bought_without_an_account(
    app: Litestar, services: Services, client: httpx.AsyncClient, page: Page
) -> None:
    """Neither to the page that sold it, nor to its owner, nor to anybody else."""
    email, other = f"g{new_id().hex}@example.com", await make.person(services)
    async with services.database.transaction() as tx:
        order_id = await make.guest_order(tx, email, (page.as_owner.member, 1200))
        sql = "select product_id from order_items where order_id = $1"
        product_id = await tx.value(ProductId, sql, order_id)
    await run_until_empty(services)
    things = {"order_id": str(order_id), "product_id": str(product_id), "profile_id": str(page.id)}
    root = str(client.base_url).removesuffix("/api/v1/")
    paths = [each for each in _list_paths(things) if re.search("marketplace|/sell/|creator", each)]
    statements = f"/api/v1/marketplace/statements?month={now():%Y-%m}"
    paths += [statements, f"{statements}&format=csv"]
    sold = 0
    async with open_client(services, app) as reader:
        reader.event_hooks["response"].clear()
        for path in paths:
            for headers in ({}, other.headers, page.headers, page.owner.headers):
                answer = await reader.get(f"{root}{path}", headers=headers)
                _ensure_nothing(path, answer.content, {email, email.partition("@")[0]})
                sold += str(order_id).encode() in answer.content
        issued = await reader.get("sell/invoices", headers=page.headers)
        [invoice] = issued.json()["data"]["invoices"]
        pdf = await reader.get(f"sell/invoices/{invoice['id']}/pdf", headers=page.headers)
    assert sold > 0
    async with services.database.snapshot() as conn:
        for name, part in PERSONAL_DATA.items():
            _ensure_nothing(name, msgspec.json.encode(await part.export(conn, page.id)), {email})
    _ensure_nothing("invoice", pdf.content, {email})


async def _ask_as_players(
    stranger: httpx.AsyncClient,
    services: Services,
    other: Person,
    things: Mapping[str, str],
    secrets: set[str],
    root: str,
) -> int:
    password = await make.app_password(services, other)
    ids = {
        "artist": f"ar-{things['profile_id']}",
        "album": f"al-{things['release_id']}",
        "song": f"tr-{things['track_id']}",
        "name": "Nobody Knows",
    }
    asked = 0
    for call in _PLAYERS:
        path = call.format(**ids)
        name, _, query = path.partition("?")
        url = f"{root}/rest/{name}?{query}&apiKey={password}&v=1.16.1&c=test&f=json"
        answer = await stranger.get(url)
        _ensure_nothing(path, answer.content, secrets)
        asked += b'"ok"' in answer.content
    return asked


async def test_the_own_data_of_a_page_tells_nothing_of_its_owners(
    client: httpx.AsyncClient, services: Services, page: Page
) -> None:
    await _publish(client, services, page)
    secrets = _secrets_of(page.owner)
    async with services.database.snapshot() as conn:
        for name, part in PERSONAL_DATA.items():
            data = msgspec.json.encode(await part.export(conn, page.id))
            _ensure_nothing(name, data, secrets)
