"""Kind of item by place: each is gone everywhere once it is taken down, and back as it was."""

import re
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from litestar import Litestar

from tests import make, sounds
from tests.domains.moderation.takedowns.takedown_steps import undo
from tests.domains.subsonic.players import Player, sounding_track
from tests.http.apps import assemble, calling
from tests.infra.waiting import until
from veza.app.api import wrap
from veza.app.report_targets import TAKEDOWNS
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.core.ids import new_id
from veza.core.visibility import Visibility
from veza.domains.music.tracks.models.forms import TrackForm
from veza.domains.social.posts import service as posts

# What differs between two answers to the same question. The events of a conversation are counted.
_MOMENTARY = re.compile(
    r'"(?:request_id|expires|serverTime)":"[^"]*"|"last(?:Modified|_seq)":\d+|[?&]expires=\d+&(?:amp;)?signature=[\w-]+'
    r"|nonce-[\w+/=-]+|nonce=\"[^\"]*\"|<lastBuildDate>[^<]*</lastBuildDate>"
)
_API = (
    *("tracks", "tracks/search?q={w}", "search?q={w}", "users/{u}/tracks"),
    *("releases", "releases?genre=ambient", "users/{u}/releases", "users/{u}/playlists"),
    *("playlists", "marketplace/products", "marketplace/products?search={w}"),
    *("social/feed", "social/trending", "users/{u}/posts", "users/{u}"),
    *("profiles/{u_id}", "profiles/{u_id}/works", "profiles/by-handle/{u}"),
    *("tracks/{track}", "tracks/{track}/stream", "tracks/{track}/waveform", "tracks/{track}/cover"),
    *("tracks/{track}/hls/master.m3u8", "tracks/{track}/preview", "tracks/{track}/releases"),
    *("tracks/{track}/comments", "tracks/{track}/download", "releases/{release}"),
    *("releases/{release}/tracks", "playlists/{playlist}", "playlists/{playlist}/tracks"),
    *("marketplace/products/{product}", "social/posts/{post}", "social/posts/{post}/comments"),
    *("marketplace/bundles/{bundle}", "marketplace/bundles?seller_id={u_id}"),
    "marketplace/bundles?product_id={bundled}",
    *("live/streams", "live/streams/{stream}", "live/streams/{stream}/hls/index.m3u8"),
    *("users/me/likes", "users/me/following/tracks", "users/me/library/releases", "discover"),
    # Of what carries a smaller thing, and stays.
    *("tracks/{other}/comments", "social/posts/{other_post}/comments", "releases/{covered}"),
    *("images/{image}", "profiles/{u_id}/avatar", "cloud/shared/{token}"),
    *("cloud/shared/{token}/download", "conversations", "conversations/{chat}/history"),
    *("conversations/{chat}/events", "conversations/search?q={w}", "notifications"),
)
_PAGES = (
    "/feeds/artists/{u}",
    *("/feeds/@{u}.xml", "/feeds/releases/{release}", "/feeds/playlists/{playlist}"),
    *("/embed/tracks/{track}", "/embed/releases/{release}", "/embed/playlists/{playlist}"),
    *("/embed/artists/{u}", "/oembed?url={site}/tracks/{track}", "/tracks/{track}"),
    *("/oembed?url={site}/releases/{release}", "/oembed?url={site}/playlists/{playlist}"),
    *("/releases/{release}", "/playlists/{playlist}", "/products/{product}", "/artists/{u}"),
    "/bundles/{bundle}",
    *("/posts/{post}", "/live/{stream}", "/", "/releases/{covered}", "/embed/releases/{covered}"),
)
_REST = (
    *("search3?query={w}", "getAlbumList2?type=newest&size=500", "getIndexes"),
    *("getPlaylists", "getPlaylist?id=pl-{playlist}", "getStarred2", "stream?id=tr-{track}"),
    *("getSong?id=tr-{track}", "getAlbum?id=al-{release}", "getArtist?id=ar-{u_id}"),
    *("getArtistInfo2?id=ar-{u_id}", "getCoverArt?id=al-{covered}"),
)
# In how many places each is at least; others are in five.
_FEW = {
    "bundle": 4,
    "image": 3,
    "avatar": 4,
    "banner": 3,
    "cloud_share": 2,
    "comment": 2,
    "post_comment": 2,
}
# What happened to a message stays in the log of its conversation.
_LOGGED = {"member conversations/{chat}/events"}


type Things = dict[str, object]


class Node(NamedTuple):
    """A process of the server, and a music player that calls it."""

    site: httpx.AsyncClient
    player: Player


@pytest.fixture
async def nodes(
    app: Litestar, settings: Settings, services: Services, ann: make.Person
) -> AsyncIterator[list[Node]]:
    """Two processes on one database, each with caches of its own."""
    password = await make.app_password(services, ann)
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(open_services(settings))
        made = []
        for served in (wrap(app, settings), assemble(other)[1]):
            site = await stack.enter_async_context(calling(served, path="/"))
            made.append(Node(site, Player(site, ann, password)))
        yield made


async def _publish(services: Services, artist: make.Person, word: str, folder: Path) -> Things:
    """Make an item of each kind that has a page of its own, and what carries smaller things."""
    sound = sounds.write(folder / "tape.flac", sounds.noise(7))
    track_id = await make.track(services, artist, TrackForm(title=f"{word} track"), sound)
    other_id = await sounding_track(services, artist, "Something else")
    async with services.database.transaction() as tx:
        owner, public = artist.member, {"visibility": Visibility.PUBLIC}
        post_id = await make.post(tx, owner, f"{word} post")
        other_post = await make.post(tx, owner, "Another post")
        await posts.index_posts(tx, [post_id, other_post])
        playlist_id, _ = await make.playlist(tx, owner, f"{word} playlist", other_id, "public")
        bundled = [await make.product(tx, owner, title) for title in ("One", "The other one")]
        return {
            "track": track_id,
            "release": await make.release(tx, owner, f"{word} release", other_id, **public),
            "playlist": playlist_id,
            "product": await make.product(tx, owner, f"{word} product"),
            "bundle": await make.bundle(tx, owner, *bundled, title=f"{word} bundle"),
            "bundled": bundled[0],
            "post": post_id,
            "stream": await make.stream(tx, owner, f"{word} stream"),
            "other": other_id,
            "other_post": other_post,
            "covered": await make.release(tx, owner, "A cover", other_id, **public),
        }


async def _show_pictures(
    services: Services, artist: make.Person, word: str, folder: Path
) -> Things:
    """Give the artist two pictures, a link to a file, and a cover that is not shown yet."""
    source = sounds.picture(folder / "cover.png", width=64, height=64)
    cover = await make.image(services, artist, source)
    file = await make.cloud_file(services, artist, f"{word} cloud_share.txt")
    share = await make.share(services, artist, file)
    async with services.database.transaction() as tx:
        shown = [await make.bare_image(tx, artist.member) for _ in range(2)]
        sql = "update images set used_at = now(), is_public = true where id = any($1)"
        await tx.run(sql, shown)
        sql = "update profiles set avatar_id = $2, banner_id = $3 where id = $1"
        await tx.run(sql, artist.id, *shown)
    named = {"image": cover, "cloud_share": share.id, "token": share.token, "profile": artist.id}
    return named | dict(zip(("avatar", "banner"), shown, strict=True))


async def _write_texts(
    client: httpx.AsyncClient, artist: make.Person, word: str, things: Things
) -> Things:
    """Write what others carry: a message, comments, the texts of a profile; and show a cover."""
    texts = (
        ("post", "message", f"conversations/{things['chat']}/messages", {}),
        ("post", "comment", f"tracks/{things['other']}/comments", {}),
        ("post", "post_comment", "social/comments", {"post_id": str(things["other_post"])}),
        ("put", "profile", f"profiles/{artist.id}", {"text": f"{word} profile"}),
        ("put", "image", f"releases/{things['covered']}", {"cover_image_id": str(things["image"])}),
    )
    made: Things = {}
    for method, kind, path, body in texts:
        content = {"content": f"{word} {kind}"} if method == "post" else {}
        answer = await client.request(method, path, headers=artist.headers, json=body | content)
        assert answer.status_code in {200, 201}, answer.text
        if content:
            made[kind] = answer.json()["data"]["id"]
    return made


@pytest.fixture
async def things(
    client: httpx.AsyncClient,
    services: Services,
    artist: make.Person,
    ann: make.Person,
    tmp_path: Path,
) -> Things:
    """Return an item of each kind by its name, and other names in addresses.

    None is needed for another to be seen: what is smaller has a carrier of its own. `w` is a word
    that all texts have.
    """
    word = f"zymurgy{new_id().hex[-12:]}"
    found: Things = {"u": artist.username, "u_id": artist.id, "w": word}
    found |= {"chat": await make.conversation(services, "direct", artist, ann)}
    found |= await _publish(services, artist, word, tmp_path)
    found |= await _show_pictures(services, artist, word, tmp_path)
    found |= await _write_texts(client, artist, word, found)
    await client.post(f"users/{artist.id}/follow", headers=ann.headers)
    await client.post(f"tracks/{found['track']}/like", headers=ann.headers)
    await make.delivered(services)
    return {name: str(each) for name, each in found.items()}


@pytest.mark.long
async def test_each_is_gone_everywhere_and_comes_back_as_it_was(
    client, nodes, services, things, take_down, moderator, ann
):
    names = things | {"site": str(nodes[0].site.base_url).rstrip("/")}
    before = [await _crawl(node, names, ann) for node in nodes]
    for crawled in before:
        seen = {kind: _places_of(kind, crawled, names) for kind in TAKEDOWNS}
        assert not {k: each for k, each in seen.items() if len(each) < _FEW.get(k, 5)}

    taken = [(await take_down(moderator, kind, things[kind])).json()["data"] for kind in TAKEDOWNS]
    await make.delivered(services)
    # At once where it was taken down, and soon in the other process.
    await _ensure_hidden(nodes[0], names, ann, before[0])
    await until(lambda: _is_so(_ensure_hidden(nodes[1], names, ann, before[1])))

    for each in taken:
        assert (await undo(client, moderator, each["id"])).status_code == 200
    await make.delivered(services)
    await _ensure_back(nodes[0], names, ann, before[0])
    await until(lambda: _is_so(_ensure_back(nodes[1], names, ann, before[1])))


async def _ensure_hidden(
    node: Node, names: Mapping[str, str], viewer: make.Person, before: Mapping[str, str]
) -> None:
    """Fail where an item is shown, in any place, or its sound is played."""
    hidden = await _crawl(node, names, viewer)
    seen = {kind: _places_of(kind, hidden, names) for kind in TAKEDOWNS}
    assert not {kind: each for kind, each in seen.items() if each}
    assert not {place for place, text in hidden.items() if f"{names['w']} " in text}
    segments = [place for place, text in before.items() if "#EXTM3U" in text]
    assert segments
    assert all(hidden[place].startswith("404") for place in segments)


async def _ensure_back(
    node: Node, names: Mapping[str, str], viewer: make.Person, before: Mapping[str, str]
) -> None:
    """Fail where an answer is another than before."""
    after = await _crawl(node, names, viewer)
    assert {place for place in before if after[place] != before[place]} <= _LOGGED


async def _is_so(check: Awaitable[None]) -> bool:
    try:
        await check
    except AssertionError:
        return False
    return True


def _places_of(kind: str, crawled: Mapping[str, str], names: Mapping[str, str]) -> set[str]:
    """Return where an item is shown: a failure may repeat its id, but not its title."""
    found = set()
    titled = re.compile(rf"{names['w']} {kind}\b")
    for place, text in crawled.items():
        status, _, body = text.partition("\n")
        is_its_own = f"{{{kind}}}" in place and not place.startswith("/rest/")
        # A profile and a deleted message are still there, without their texts.
        is_named = kind not in {"profile", "message"} and names[kind] in body
        if titled.search(body) or (status == "200" and (is_its_own or is_named)):
            found.add(place)
    return found


async def _crawl(node: Node, names: Mapping[str, str], viewer: make.Person) -> dict[str, str]:
    """Return what each place answers to a visitor, a member and a player."""
    site, player = node
    found = dict[str, str]()
    for path in _API:
        for who, headers in (("visitor", {}), ("member", viewer.headers)):
            answer = await site.get(f"/api/v1/{path.format(**names)}", headers=headers)
            found[f"{who} {path}"] = _normalize(answer)
    # Files are named by the first thing that was in them, so the index itself is not looked at.
    index = (await site.get("/sitemap.xml")).text
    for address in re.findall("<loc>([^<]*)</loc>", index):
        found[address] = _normalize(await site.get(urlsplit(address).path))
    for path in _PAGES:
        found[path] = _normalize(await site.get(path.format(**names)))
    for path in _REST:
        name, _, query = path.format(**names).partition("?")
        given = dict(part.split("=") for part in query.split("&") if part)
        answer = await player.http.get(
            f"/rest/{name}", params=player.credentials | given | {"f": "json"}
        )
        found[f"/rest/{path}"] = _normalize(answer)
    return found


def _normalize(answer: httpx.Response) -> str:
    return f"{answer.status_code}\n{_MOMENTARY.sub('', answer.text)}"
