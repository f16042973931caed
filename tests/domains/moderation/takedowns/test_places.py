"""Kind of item by place: each is gone everywhere once it is taken down, and back as it was."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from tests import make, sounds
from tests.domains.moderation.takedowns.takedown_steps import undo
from tests.domains.subsonic.players import Player, sounding_track
from tests.http.apps import calling
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.ids import new_id
from veza.core.visibility import Visibility
from veza.domains.music.tracks.models.forms import TrackForm
from veza.domains.social.posts import service as posts

# What differs between two answers to the same question.
_MOMENTARY = re.compile(
    r'"(?:request_id|expires|serverTime)":"[^"]*"|"lastModified":\d+|[?&]expires=\d+&(?:amp;)?signature=[\w-]+'
    r"|nonce-[\w+/=-]+|nonce=\"[^\"]*\"|<lastBuildDate>[^<]*</lastBuildDate>"
)
_API = (
    *("tracks", "tracks/search?q={w}", "search?q={w}", "users/{u}/tracks"),
    *("releases", "releases?genre=ambient", "users/{u}/releases", "users/{u}/playlists"),
    *("playlists", "marketplace/products", "marketplace/products?search={w}"),
    *(
        "social/feed",
        "social/trending",
        "users/{u}/posts",
        "profiles/{u_id}",
        "profiles/{u_id}/works",
    ),
    *("tracks/{track}", "tracks/{track}/stream", "tracks/{track}/waveform", "tracks/{track}/cover"),
    *("tracks/{track}/hls/master.m3u8", "tracks/{track}/preview", "tracks/{track}/releases"),
    *("tracks/{track}/comments", "tracks/{track}/download", "releases/{release}"),
    *("releases/{release}/tracks", "playlists/{playlist}", "playlists/{playlist}/tracks"),
    *("marketplace/products/{product}", "social/posts/{post}", "social/posts/{post}/comments"),
    *("live/streams", "live/streams/{stream}", "live/streams/{stream}/hls/index.m3u8"),
    *("users/me/likes", "users/me/following/tracks", "users/me/library/releases", "discover"),
)
_PAGES = (
    "/feeds/artists/{u}",
    *("/feeds/@{u}.xml", "/feeds/releases/{release}", "/feeds/playlists/{playlist}"),
    *("/embed/tracks/{track}", "/embed/releases/{release}", "/embed/playlists/{playlist}"),
    *("/embed/artists/{u}", "/oembed?url={site}/tracks/{track}", "/tracks/{track}"),
    *("/oembed?url={site}/releases/{release}", "/oembed?url={site}/playlists/{playlist}"),
    *("/releases/{release}", "/playlists/{playlist}", "/products/{product}", "/artists/{u}"),
    *("/posts/{post}", "/live/{stream}", "/"),
)
_REST = (
    *("search3?query={w}", "getAlbumList2?type=newest&size=500", "getIndexes"),
    *("getPlaylists", "getPlaylist?id=pl-{playlist}", "getStarred2", "stream?id=tr-{track}"),
    *("getSong?id=tr-{track}", "getAlbum?id=al-{release}", "getArtist?id=ar-{u_id}"),
)


@pytest.fixture
async def site(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as made:
        yield made


@pytest.fixture
async def player(site: httpx.AsyncClient, services: Services, ann: make.Person) -> Player:
    return Player(site, ann, await make.app_password(services, ann))


async def _publish(
    services: Services, artist: make.Person, word: str, sound: Path | None
) -> dict[str, UUID]:
    """Make an item of each kind that has a page; those that are not about `sound` are silent."""
    if sound is None:
        track_id = await sounding_track(services, artist, f"{word} track")
    else:
        track_id = await make.track(services, artist, TrackForm(title=f"{word} track"), sound)
    other_id = await sounding_track(services, artist, "Something else")
    async with services.database.transaction() as tx:
        release_id = await make.release(
            tx, artist.member, f"{word} release", other_id, visibility=Visibility.PUBLIC
        )
        playlist_id, _ = await make.playlist(
            tx, artist.member, f"{word} playlist", other_id, "public"
        )
        post_id = await make.post(tx, artist.member, f"{word} post")
        await posts.index_posts(tx, [post_id])
        return {
            "track": track_id,
            "release": release_id,
            "playlist": playlist_id,
            "product": await make.product(tx, artist.member, f"{word} product"),
            "post": post_id,
            "stream": await make.stream(tx, artist.member, f"{word} stream"),
        }


@pytest.mark.long
@pytest.mark.parametrize("kind", ["track", "release", "playlist", "product", "post", "stream"])
async def test_it_is_gone_everywhere_and_comes_back_as_it_was(
    client, site, services, player, take_down, artist, moderator, ann, tmp_path, kind
):
    word = f"zymurgy{new_id().hex[-12:]}"
    sound = kind == "track" and sounds.write(tmp_path / "tape.flac", sounds.noise(7))
    things = await _publish(services, artist, word, sound or None)
    await client.post(f"users/{artist.id}/follow", headers=ann.headers)
    await client.post(f"tracks/{things['track']}/like", headers=ann.headers)
    names = {name: str(each) for name, each in things.items()} | {
        "u": artist.username,
        "u_id": str(artist.id),
        "site": str(site.base_url).rstrip("/"),
        "w": word,
    }
    await make.delivered(services)

    before = await _crawl(site, player, names, ann)
    seen = {place for place, text in before.items() if _is_in(text, names, kind)}
    assert len(seen) >= 5, seen

    taken = (await take_down(moderator, kind, things[kind])).json()["data"]
    await make.delivered(services)
    hidden = await _crawl(site, player, names, ann)
    assert {place for place, text in hidden.items() if _is_in(text, names, kind)} == set()
    if kind == "track":
        segments = [place for place, text in before.items() if "#EXTM3U" in text]
        assert segments
        assert all(hidden[place].startswith("404") for place in segments)

    await undo(client, moderator, taken["id"])
    await make.delivered(services)
    after = await _crawl(site, player, names, ann)
    # A post has no time of its change; a stream that had begun would stay ended.
    assert {place for place in before if after[place] != before[place]} == set()


def _is_in(text: str, names: Mapping[str, str], kind: str) -> bool:
    """Return whether an answer shows an item: a failure may repeat its id, but not its title."""
    status, _, body = text.partition("\n")
    return f"{names['w']} {kind}" in body or (status == "200" and names[kind] in body)


async def _crawl(
    site: httpx.AsyncClient, player: Player, names: Mapping[str, str], viewer: make.Person
) -> dict[str, str]:
    """Return what each place answers to a visitor, a member and a player."""
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
