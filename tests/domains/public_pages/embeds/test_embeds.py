"""oEmbed and the embedded player: what they show, to whom, and in which frames."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from xml.etree import ElementTree

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests import make
from tests.http.apps import calling
from tests.raw import hearing
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import new_id
from veza.core.visibility import ExplicitChoice
from veza.domains.public_pages.embeds.models import PlayerContent
from veza.domains.public_pages.embeds.rules import as_chosen
from veza.infra.postgres.database import Tx

SITE = "http://veza.test"
_NOBODY = "018f6d0e-0000-7000-8000-000000000000"
NASTY = '</script><b a="1"> & \' <!--'


@pytest.fixture
async def site(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as made:
        yield made


async def _make_all(tx: Tx, owner: make.Person, title: str = "Night Ferry") -> list[str]:
    track = await make.bare_track(tx, owner.member, title)
    playlist, _ = await make.playlist(tx, owner.member, title, track, "public")
    release = await make.release(tx, owner.member, title, track, visibility="public")
    return [
        f"/tracks/{track}",
        f"/playlists/{playlist}",
        f"/releases/{release}",
        f"/artists/{owner.username}",
    ]


async def test_each_page_names_its_player_its_feed_and_its_oembed(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        paths = await _make_all(tx, owner)
    for path in paths:
        page = (await site.get(path)).text
        player = _find(page, r'property="twitter:player" content="(.*?)"')
        assert player == f"{SITE}/embed{path}"
        assert _find(page, r'property="twitter:card" content="(.*?)"') == "player"
        address = _find(page, r'type="application/json\+oembed"[^>]*href="(.*?)"')
        answer = (await site.get(address)).json()
        assert answer["type"] == "rich"
        assert f'src="{player}"' in answer["html"]
        assert (answer["author_name"], answer["version"]) == (owner.username, "1.0")
        assert (await site.get(player)).status_code == 200
        feed = re.search(r'type="application/rss\+xml"[^>]*href="(.*?)"', page)
        assert (feed is None) == path.startswith("/tracks")
        if feed is not None:
            assert (await site.get(unescape(feed[1]))).status_code == 200


async def test_the_size_is_at_most_what_there_is_room_for(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        path = (await _make_all(tx, owner))[0]
    asked = {"url": f"{SITE}{path}?autoplay=1#t=3", "maxwidth": 320, "maxheight": 90}
    answer = (await site.get("/oembed", params=asked)).json()
    assert (answer["width"], answer["height"]) == (320, 90)
    assert 'width="320" height="90"' in answer["html"]

    large = asked | {"maxwidth": 5000, "maxheight": 5000, "format": "xml"}
    found = await site.get("/oembed", params=large)
    assert found.headers["content-type"] == "text/xml; charset=utf-8"
    document = ElementTree.fromstring(found.content)
    assert (document.findtext("width"), document.findtext("height")) == ("600", "152")
    again = await site.get(
        "/oembed", params=large, headers={"if-none-match": found.headers["etag"]}
    )
    assert again.status_code == 304


async def test_what_has_no_cover_shows_the_picture_of_its_artist(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner, other = await make.person(services, Role.CREATOR), await make.person(services)
    async with services.database.transaction() as tx:
        paths = (await _make_all(tx, owner))[::2]
        covered = await make.release(
            tx, owner.member, "Tape", visibility="public", cover_image_id=await _image(tx, owner)
        )
    for path in paths:
        assert await _pictures(site, path) == {None}
    for person in (owner, other):
        async with services.database.transaction() as tx:
            picture = await _image(tx, person)
            await tx.run("update profiles set avatar_id = $2 where id = $1", person.id, picture)
        for path in paths:
            [found] = await _pictures(site, path)
            assert found is not None
            assert found.startswith(f"{SITE}/api/v1/profiles/{owner.id}/avatar?version=")
    [found] = await _pictures(site, f"/releases/{covered}")
    assert found is not None
    assert "/avatar" not in found


async def _image(tx: Tx, owner: make.Person) -> object:
    return await make.bare_image(tx, owner.member)


async def _pictures(site: httpx.AsyncClient, path: str) -> set[str | None]:
    """Return the pictures of the player and of oEmbed, without their sizes: one, if they agree."""
    oembed = (await site.get("/oembed", params={"url": f"{SITE}{path}"})).json()
    page = (await site.get(f"/embed{path}")).text
    content = json.loads(_find(page, r'id="content">(.*?)</script>'))
    thumbnail = oembed.get("thumbnail_url")
    return {thumbnail and re.sub(r"[?&]size=512", "", thumbnail), content["cover_url"]}


async def test_a_live_stream_is_a_link(site: httpx.AsyncClient, services: Services) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        stream = await make.stream(tx, owner.member, "Tape echo")
    answer = (await site.get("/oembed", params={"url": f"{SITE}/live/{stream}"})).json()

    assert answer["type"] == "link"
    assert "Tape echo" in answer["title"]
    assert "html" not in answer


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("", 400),
        ("https://elsewhere.example/tracks/018f", 404),
        (f"{SITE}/tracks/not-an-id", 404),
        (f"{SITE}/tracks/{_NOBODY}", 404),
        (f"{SITE}/live/{_NOBODY}", 404),
        (f"{SITE}/library", 404),
        (f"{SITE}/library/likes", 404),
        (f"{SITE}/tracks/{_NOBODY}/more", 404),
        (f"{SITE}/artists/nobody-has-this-name", 404),
        ("javascript:alert(1)", 404),
        ("http://[::1", 404),
    ],
)
async def test_other_addresses_are_refused(site: httpx.AsyncClient, url: str, status: int) -> None:
    assert (await site.get("/oembed", params={"url": url})).status_code == status


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"format": "yaml"}, 501), ({"maxwidth": 0}, 400), ({"maxheight": "wide"}, 400)],
)
async def test_what_is_not_implemented_says_so(
    site: httpx.AsyncClient, asked: dict[str, str], status: int
) -> None:
    answer = await site.get("/oembed", params={"url": f"{SITE}/tracks/{new_id()}"} | asked)
    assert answer.status_code == status


async def test_private_and_suspended_answer_like_missing(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        paths = await _make_all(tx, owner)
        private = await make.bare_track(tx, owner.member, "Secret words", visibility="private")
    missing = await site.get(f"/embed/tracks/{new_id()}")
    assert missing.status_code == 404
    hidden = await site.get(f"/embed/tracks/{private}", headers=owner.headers)
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    asked = {"url": f"{SITE}/tracks/{private}"}
    assert (await site.get("/oembed", params=asked, headers=owner.headers)).status_code == 404

    await make.suspended(services, owner)
    for path in paths:
        assert (await site.get(f"/embed{path}")).status_code == 404
        assert (await site.get("/oembed", params={"url": f"{SITE}{path}"})).status_code == 404


async def test_only_the_player_may_be_framed_and_it_sets_no_cookie(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        paths = await _make_all(tx, owner)
    for path in [*paths, f"/tracks/{new_id()}"]:
        player = await site.get(f"/embed{path}")
        policy = player.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert policy.endswith("frame-ancestors *")
        assert "unsafe" not in policy
        assert "x-frame-options" not in player.headers
        assert "set-cookie" not in player.headers
        assert player.headers["x-content-type-options"] == "nosniff"
    for path in [*paths, "/", "/oembed", f"/feeds{paths[1]}", "/embed", "/embed/x", "/sign-in"]:
        other = await site.get(path)
        assert "frame-ancestors 'none'" in other.headers["content-security-policy"], path
        assert other.headers["x-frame-options"] == "DENY", path


async def test_what_people_wrote_stays_text(site: httpx.AsyncClient, services: Services) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        paths = await _make_all(tx, owner, NASTY)
    page = (await site.get(f"/embed{paths[0]}")).text
    data = json.loads(_find(page, r'<script type="application/json" id="content">(.*?)</script>'))
    answer = (await site.get("/oembed", params={"url": f"{SITE}{paths[0]}"})).json()

    assert "<b " not in page
    assert (data["title"], data["tracks"][0]["title"]) == (NASTY, NASTY)
    assert "<b " not in answer["html"]
    assert answer["title"].startswith(NASTY)


async def test_explicit_tracks_are_marked_unless_the_site_marks_none(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        made = [
            await make.bare_track(tx, owner.member, "Tape", is_explicit=each)
            for each in (True, False)
        ]
        release = await make.release(tx, owner.member, "Two", *made, visibility="public")
    page = (await site.get(f"/embed/releases/{release}")).text
    data = _find(page, r'<script type="application/json" id="content">(.*?)</script>')
    content = msgspec.json.decode(data, type=PlayerContent)
    marks = {
        choice: [track.is_marked for track in as_chosen(content, choice).tracks]
        for choice in ExplicitChoice
    }
    marked = [True, False]
    assert marks == {"mark": marked, "hide": marked, "show": [False, False]}


async def test_a_player_takes_few_statements(site: httpx.AsyncClient, services: Services) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        made = [await make.bare_track(tx, owner.member, f"Tape {n}") for n in range(5)]
        release = await make.release(tx, owner.member, "Five", *made, visibility="public")
    async with hearing(services, "from") as heard:
        page = await site.get(f"/embed/releases/{release}")

    assert page.text.count("Tape ") == 5
    asked = [query for query, _ in heard if "tracks" in query or "release" in query]
    assert 1 <= len(asked) <= 5


def _find(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return unescape(found[1])
