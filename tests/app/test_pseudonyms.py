"""Nothing that a stranger can read tells whose account is behind a page.

A page publishes all kinds of things; then every GET of the API, the pages, feeds, embeds and calls
of music players are asked for them, by a visitor and by another member.
"""

import io
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar
from msgspec import structs
from pypdf import PdfReader

from tests import make
from tests.app.asked_paths import EVERYBODY, fill_all, list_paths
from tests.app.things_of_pages import Things, answer_for, publish_more
from tests.domains.auth.accounts.people import open_client
from tests.domains.auth.recovery.mails import html_of, sending_through, text_of
from tests.domains.realtime.chat_client import FakeClient
from tests.infra.smtp import SmtpServer
from tests.infra.waiting import until
from tests.make import Page, Person
from veza.app.domains import PERSONAL_DATA
from veza.app.services import Services
from veza.app.worker import run_until_empty
from veza.core.access import Access, Role
from veza.core.clock import now
from veza.core.ids import ConversationId, ProductId, TrackId, new_id

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


async def _publish(client: httpx.AsyncClient, services: Services, page: Page) -> Things:
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


async def _talk(services: Services, page: Page, other: Person) -> Things:
    """Follow another member as the page, and write to them."""
    member = page.as_owner
    talk = await make.conversation(services, "direct", member, other)
    said = await make.message(services, member, talk, "Hidden")
    await make.follows(services, member, other)
    return {"conversation_id": str(talk), "message_id": str(said.id)}


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
    things |= await publish_more(services, page, other, TrackId(UUID(things["track_id"])))
    answer = await client.post("live/calendar", headers=other.headers)
    address = httpx.URL(answer.json()["data"]["url"])
    things["/feeds/calendars/{name:str}"] = address.path
    secrets = _secrets_of(page.owner)
    root = str(client.base_url).removesuffix("/api/v1/")
    filled = fill_all(EVERYBODY, things)
    assert [path for path, found in filled.items() if found is None] == []
    asked = set[str]()
    named = set[str]()
    async with open_client(services, app) as stranger:
        stranger.event_hooks["response"].clear()
        for path in [
            *filter(None, filled.values()),
            *await _list_other_paths(stranger, root, page),
        ]:
            for headers in ({}, other.headers):
                answer = await stranger.get(f"{root}{path}", headers=headers)
                shown = _text_of(answer)
                _ensure_nothing(path, shown, secrets)
                if answer.is_success:
                    asked.add(path)
                if page.handle.encode() in shown:
                    named.add(path)
        players = await _ask_as_players(stranger, services, other, things, secrets, root)
    # What is asked for is there, and much of it names the page.
    assert (len(asked) > 250, len(named) > 60, players > 10) == (True, True, True)


async def test_moderators_are_not_told_who_is_behind_a_page(
    app: Litestar, services: Services, client: httpx.AsyncClient, page: Page
) -> None:
    things = await _publish(client, services, page) | await answer_for(services, page, client)
    moderator = await make.person(services, Role.MODERATOR)
    root, secrets = str(client.base_url).removesuffix("/api/v1/"), _secrets_of(page.owner)
    filled, named = fill_all({Access.MODERATOR}, things), 0
    assert [path for path, found in filled.items() if found is None] == []
    async with open_client(services, app) as reader:
        reader.event_hooks["response"].clear()
        for path in filter(None, filled.values()):
            answer = await reader.get(f"{root}{path}", headers=moderator.headers)
            assert answer.status_code == 200, path
            _ensure_nothing(path, _text_of(answer), secrets)
            named += page.handle.encode() in answer.content
    assert named > 4


async def test_no_frame_and_no_mail_tells_who_is_behind_a_page(
    services: Services, client: httpx.AsyncClient, page: Page
) -> None:
    other, smtp = await make.person(services, Role.CREATOR), SmtpServer()
    secrets = _secrets_of(page.owner)
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, other.member, "Night Ferry")
        sql = "update users set email_verified_at = now() where id = $1"
        await tx.run(sql, other.id)
    kinds = {kind: {"mail": True} for kind in ("follow", "track_comment", "track_like", "message")}
    path = "users/me/notification-preferences"
    await client.put(path, headers=other.headers, json={"kinds": kinds})
    listener = FakeClient(other)
    services.hub.register(listener.connection)

    things = await _talk(services, page, other)
    await services.hub.join(listener.connection, ConversationId(UUID(things["conversation_id"])))
    await make.message(services, page.as_owner, ConversationId(UUID(things["conversation_id"])))
    for action, body in (("comments", {"content": "Hidden"}), ("like", {})):
        path = f"tracks/{track_id}/{action}"
        assert (await client.post(path, headers=page.headers, json=body)).is_success
    async with sending_through(services, smtp) as mailer:
        await make.delivered(services)
        await run_until_empty(structs.replace(services, site_mailer=mailer))

    await until(lambda: any(frame["type"] == "message" for frame in listener.received))
    _ensure_nothing("WebSocket", msgspec.json.encode(listener.received), secrets)
    mails = [each.message for each in smtp.received if other.username in str(each.message["To"])]
    assert len(mails) == len(kinds), [each["Subject"] for each in mails]
    for mail in mails:
        shown = f"{mail.items()}{text_of(mail)}{html_of(mail)}"
        assert "Nobody Knows" in shown
        _ensure_nothing(str(mail["Subject"]), shown.encode(), secrets)


async def _list_other_paths(stranger: httpx.AsyncClient, root: str, page: Page) -> list[str]:
    """Return what needs a query about the page, such as searches, and the files of sitemaps."""
    index = await stranger.get(f"{root}/sitemap.xml")
    files = [httpx.URL(each).path for each in re.findall("<loc>(.*?)</loc>", index.text)]
    queries = (
        *("search?q=Hidden", "search?q=Nobody", "tracks/search?q=Hidden"),
        *("conversations/search?q=Hidden", "commissions?role=buyer"),
        *(f"radio?artist={page.handle}", f"marketplace/bundles?seller_id={page.id}"),
    )
    widget = quote(f"{root}/artists/{page.handle}", safe="")
    return [*(f"/api/v1/{each}" for each in queries), *files, f"/oembed?url={widget}"]


def _text_of(answer: httpx.Response) -> bytes:
    """Return what an answer shows: its headers, and its body or the text and data of its PDF."""
    headers = str(answer.headers.multi_items()).encode()
    if answer.headers.get("content-type", "") != "application/pdf":
        return answer.content + headers
    reader = PdfReader(io.BytesIO(answer.content))
    text = [page.extract_text() for page in reader.pages]
    return "\n".join([*text, str(reader.metadata)]).encode() + headers


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
    listed = list_paths(EVERYBODY, things)
    paths = [each for each in listed if re.search("marketplace|/sell/|creator", each)]
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
