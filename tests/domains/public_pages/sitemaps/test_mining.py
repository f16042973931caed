"""Reserving text and data mining: of a whole site by a setting, of a profile by its owner."""

from urllib import robotparser

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests import make
from tests.domains.subsonic.players import sounding_track
from tests.http.apps import assemble, calling
from veza.app.api import wrap
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import new_id
from veza.core.visibility import Visibility
from veza.domains.images.rules import key_of
from veza.domains.music.audio.rules import PREVIEW, STREAM, rendition_key
from veza.domains.public_pages.sitemaps.rules import AI_BOTS

_TERMS = "https://example.com/mining"
_META = '<meta name="robots" content="noai, noimageai">'


@pytest.mark.parametrize("policy_url", [None, _TERMS])
async def test_a_site_reserves_mining_everywhere(
    services: Services, policy_url: str | None
) -> None:
    changed = msgspec.structs.replace(
        services.settings, tdm_reserved=True, tdm_policy_url=policy_url, search_engines=True
    )
    _, app = assemble(services, changed)
    async with calling(app, path="/") as site:
        answers = [
            await site.get(path)
            for path in ("/", "/explore", "/sign-in", "/api/v1/tracks", "/api/v1/none", "/none")
        ]
        rules = (await site.get("/.well-known/tdmrep.json")).json()
        robots = (await site.get("/robots.txt")).text
    for answer in answers:
        assert answer.headers["tdm-reservation"] == "1", answer.url
        assert answer.headers.get("tdm-policy") == policy_url
        is_page = answer.headers["content-type"].startswith("text/html")
        assert answer.text.count(_META) == is_page, answer.url
    policy = {} if policy_url is None else {"tdm-policy": policy_url}
    assert rules == [{"location": "/", "tdm-reservation": 1, **policy}]
    parser = robotparser.RobotFileParser()
    parser.parse(robots.splitlines())
    assert not any(parser.can_fetch(bot, "/tracks/1") for bot in AI_BOTS)
    assert all(parser.can_fetch(bot, "/tracks/1") for bot in ("Googlebot", "Bingbot", "any"))


async def _make_files(services: Services, owner: make.Person) -> dict[str, bool]:
    """Make files of a reserving profile and of another; return whether each is reserved."""
    paths: dict[str, bool] = {}
    for person in (owner, await make.person(services, Role.CREATOR)):
        track_id = await sounding_track(services, person, "Tape")
        async with services.database.transaction() as tx:
            image_id = await make.bare_image(tx, person.member)
            sql = "update images set used_at = now(), is_public = true where id = $1"
            await tx.run(sql, image_id)
        storage = services.audio_storage.storage
        await storage.put_new(rendition_key(track_id, STREAM), b"sound")
        await storage.put_new(rendition_key(track_id, PREVIEW), b"sound")
        await services.image_processing.storage.put_new(key_of(image_id), b"picture")
        files = (
            *(f"/api/v1/tracks/{track_id}/{name}" for name in ("stream", "preview")),
            f"/feeds/tracks/{track_id}.m4a",
            f"/api/v1/images/{image_id}",
        )
        paths |= dict.fromkeys(files, person is owner)
    return paths


async def test_a_profile_reserves_mining_on_its_pages(
    app: Litestar, services: Services, client: httpx.AsyncClient
) -> None:
    owner, other = [await make.person(services, Role.CREATOR) for _ in range(2)]
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, owner.member, "Night Ferry")
        others = await make.bare_track(tx, other.member, "Day Ferry")
        release = await make.release(tx, owner.member, "A", track, visibility=Visibility.PUBLIC)
        playlist, _ = await make.playlist(tx, owner.member, "Mixed", track, "public")
        post = await make.post(tx, owner.member)
        product = await make.product(tx, owner.member, "A score", status="published")
        stream = await make.stream(tx, owner.member, "Tape echo")
    url = f"profiles/{owner.id}"
    answer = await client.put(url, json={"tdm_reserved": True}, headers=owner.headers)
    assert answer.json()["data"]["tdm_reserved"] is True
    assert (await client.get(url)).json()["data"]["tdm_reserved"] is True

    pages = {
        f"/tracks/{track}",
        f"/releases/{release}",
        f"/playlists/{playlist}",
        f"/posts/{post}",
        f"/products/{product}",
        f"/live/{stream}",
        f"/artists/{owner.username}",
    }
    free = {f"/tracks/{others}", f"/artists/{other.username}", "/", "/explore"}
    async with calling(wrap(app, services.settings), path="/") as site:
        for path in pages | free:
            answer = await site.get(path)
            assert answer.status_code == 200, path
            is_reserved = path in pages
            assert answer.headers.get("tdm-reservation") == ("1" if is_reserved else None), path
            assert answer.text.count('<meta name="tdm-reservation" content="1">') == is_reserved
            assert answer.text.count(_META) == is_reserved
        found = {each["location"] for each in (await site.get("/.well-known/tdmrep.json")).json()}
        robots = (await site.get("/robots.txt")).text
    assert f"/artists/{owner.username}" in found
    assert not any(other.username in location or location == "/" for location in found)
    assert "GPTBot" not in robots

    for path, is_reserved in (await _make_files(services, owner)).items():
        async with calling(app, path="/") as api:
            answer = await api.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert answer.headers.get("tdm-reservation") == ("1" if is_reserved else None), path
    for path in (f"artists/{owner.username}", f"releases/{release}", f"playlists/{playlist}"):
        async with calling(app, path="/") as api:
            answer = await api.get(f"/feeds/{path}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["tdm-reservation"] == "1", path

    spelled = (str(track), str(track).upper(), track.hex, f"urn:uuid:{track}")
    async with calling(wrap(app, services.settings), path="/") as api:
        answers = [await api.get(f"/api/v1/tracks/{each}") for each in spelled]
    assert [each.status_code for each in answers] == [200] * 4
    assert [each.headers.get("tdm-reservation") for each in answers] == ["1"] * 4

    await client.put(url, json={"tdm_reserved": False}, headers=owner.headers)
    async with calling(wrap(app, services.settings), path="/") as site:
        assert "tdm-reservation" not in (await site.get(f"/tracks/{track}")).headers


async def test_answers_about_single_items_are_reserved_and_lists_are_not(
    app: Litestar, services: Services, client: httpx.AsyncClient
) -> None:
    owner, other = [await make.person(services, Role.CREATOR) for _ in range(2)]
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, owner.member, "Night Ferry")
        others = await make.bare_track(tx, other.member, "Day Ferry")
        release = await make.release(tx, owner.member, "A", track, visibility=Visibility.PUBLIC)
        playlist, _ = await make.playlist(tx, owner.member, "Mixed", track, "public")
        post = await make.post(tx, owner.member)
        product = await make.product(tx, owner.member, "A score", status="published")
        stream = await make.stream(tx, owner.member, "Tape echo")
    own = owner.headers
    await client.put(f"tracks/{track}/lyrics", json={"plain": "Night falls"}, headers=own)
    await client.put(f"profiles/{owner.id}", json={"tdm_reserved": True}, headers=own)
    reserved = (
        *(f"tracks/{track}", f"tracks/{track}/lyrics", f"releases/{release}"),
        *(f"playlists/{playlist}", f"social/posts/{post}", f"marketplace/products/{product}"),
        *(f"live/streams/{stream}", f"profiles/{owner.id}"),
        *(f"profiles/by-handle/{owner.username.upper()}", f"users/{owner.username}"),
    )
    free = (
        f"tracks/{others}",
        f"users/{other.username}",
        "tracks",
        f"users/{owner.username}/tracks",
    )
    async with calling(wrap(app, services.settings)) as api:
        for path in (*reserved, *reserved, *free):
            expected = "1" if path in reserved else None
            for headers in (owner.headers, {}):
                answer = await api.get(path, headers=headers)
                assert answer.status_code == 200, (path, answer.text)
                assert answer.headers.get("tdm-reservation") == expected, path
            same = await api.get(path, headers={"if-none-match": answer.headers["etag"]})
            assert (same.status_code, same.headers.get("tdm-reservation")) == (304, expected), path
        missing = await api.get(f"tracks/{new_id()}")
    assert missing.status_code == 404
    assert "tdm-reservation" not in missing.headers


async def _make_shown(services: Services, owner: make.Person) -> list[str]:
    """Return the addresses of a show, an episode, a station and a clip, and of their media."""
    track = await sounding_track(services, owner, "Tape")
    await services.audio_storage.storage.put_new(rendition_key(track, STREAM), b"sound")
    station = await make.station(services, owner, [track])
    async with services.database.transaction() as tx:
        show = await make.show(tx, owner.member, track, visibility=Visibility.PUBLIC)
        chapters = [{"start_seconds": 0, "title": "Welcome"}]
        await tx.run("update episodes set chapters = $2 where track_id = $1", track, chapters)
        stream = await make.stream(tx, owner.member, "Tape echo")
    clip = await make.clip(services, stream, owner)
    return [
        *(f"/shows/{show}", f"/shows/{show}/episodes/{track}"),
        *(f"/stations/{station}", f"/clips/{clip}"),
        *(f"/api/v1/shows/{show}", f"/api/v1/shows/{show}/episodes/{track}"),
        *(f"/feeds/shows/{show}.xml", f"/feeds/shows/{show}/{track}.m4a"),
        f"/feeds/shows/{show}/{track}/chapters.json",
        *(f"/api/v1/stations/{station}", f"/api/v1/stations/{station}/now"),
        f"/api/v1/stations/{station}/hls/master.m3u8",
        f"/api/v1/live/clips/{clip}",
        f"/api/v1/live/clips/{clip}/hls/index.m3u8",
    ]


async def test_shows_stations_clips_and_their_media_are_reserved(
    app: Litestar, services: Services, client: httpx.AsyncClient
) -> None:
    owner, other = [await make.person(services, Role.CREATOR) for _ in range(2)]
    reserved, free = [await _make_shown(services, each) for each in (owner, other)]
    await client.put(f"profiles/{owner.id}", json={"tdm_reserved": True}, headers=owner.headers)
    async with calling(wrap(app, services.settings), path="/") as api:
        for path in (*reserved, *free):
            answer = await api.get(path)
            assert answer.status_code == 200, (path, answer.text)
            expected = ["1"] if path in reserved else []
            assert answer.headers.get_list("tdm-reservation") == expected, path
        radio = await api.head(f"/feeds{reserved[2]}.aac")
    assert radio.status_code == 200
    assert radio.headers.get_list("tdm-reservation") == ["1"]
