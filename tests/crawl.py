"""Asks every address at which an item could be shown: the API, pages, and what players call."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from tests import make
from tests.domains.subsonic.players import Player

# What differs between two answers to the same question. The events of a conversation are counted.
_MOMENTARY = re.compile(
    r'"(?:request_id|expires|serverTime)":"[^"]*"|"last(?:Modified|_seq)":\d+|[?&]expires=\d+&(?:amp;)?signature=[\w-]+'
    r"|nonce-[\w+/=-]+|nonce=\"[^\"]*\"|<lastBuildDate>[^<]*</lastBuildDate>"
)
_KEPT_BRIEFLY = re.compile(r"no-store|no-cache|private|s-maxage=1(?:,|$)")
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
    "commissions/{commission}",
    *("live/streams/{clipped}/clips", "live/clips/{clip}"),
    *("shows", "shows/{show}", "shows/{show}/episodes", "tracks/{other}/episode"),
    *("stations", "stations/{station}", "stations/{station}/program"),
)
_PAGES = (
    "/feeds/artists/{u}",
    *("/feeds/@{u}.xml", "/feeds/releases/{release}", "/feeds/playlists/{playlist}"),
    *("/embed/tracks/{track}", "/embed/releases/{release}", "/embed/playlists/{playlist}"),
    *("/embed/artists/{u}", "/oembed?url={site}/tracks/{track}", "/tracks/{track}"),
    *("/oembed?url={site}/releases/{release}", "/oembed?url={site}/playlists/{playlist}"),
    *("/releases/{release}", "/playlists/{playlist}", "/products/{product}", "/artists/{u}"),
    "/bundles/{bundle}",
    *("/feeds/shows/{show}.xml", "/shows/{show}"),
    *("/posts/{post}", "/live/{stream}", "/", "/releases/{covered}", "/embed/releases/{covered}"),
)
_REST = (
    *("search3?query={w}", "getAlbumList2?type=newest&size=500", "getIndexes"),
    *("getPlaylists", "getPlaylist?id=pl-{playlist}", "getStarred2", "stream?id=tr-{track}"),
    *("getSong?id=tr-{track}", "getAlbum?id=al-{release}", "getArtist?id=ar-{u_id}"),
    *("getArtistInfo2?id=ar-{u_id}", "getCoverArt?id=al-{covered}"),
)


class Node(NamedTuple):
    """A process of the server, and a music player that calls it."""

    site: httpx.AsyncClient
    player: Player


async def crawl(node: Node, names: Mapping[str, str], viewer: make.Person) -> dict[str, str]:
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
    """Return status and body; a cache between us and the server may keep neither for long."""
    caching = answer.headers.get("cache-control", "")
    assert _KEPT_BRIEFLY.search(caching), (str(answer.url), answer.status_code, caching)
    assert answer.status_code < 500, (str(answer.url), answer.text)
    return f"{answer.status_code}\n{_MOMENTARY.sub('', answer.text)}"
