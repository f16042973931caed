"""A track without a cover shows that of its release, wherever its picture is shown."""

import base64
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from tests import make, sounds
from tests.http.apps import calling
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import TrackId

SITE = "http://veza.test"


@pytest.fixture
async def site(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as made:
        yield made


async def _make_track(services: Services, owner: make.Person) -> TrackId:
    """Make a track with the facts of its files, but without the files."""
    sql = """
        insert into track_media (track_id, filename, original_kind, original_size, original_hash,
                                 stream_size)
             values ($1, 'tape.flac', 'flac', 1, repeat('0', 64), 1)
    """
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, owner.member, "Night Ferry")
        await tx.run(sql, track_id)
    return track_id


async def test_a_track_without_a_cover_shows_that_of_its_release(
    site: httpx.AsyncClient, services: Services, tmp_path: Path
) -> None:
    owner = await make.person(services, Role.CREATOR)
    track = await _make_track(services, owner)
    path, cover = f"/api/v1/tracks/{track}", f"{SITE}/api/v1/tracks/{track}/cover"
    lists = ["/api/v1/tracks?limit=1", f"/api/v1/users/{owner.username}/tracks"]
    for url in (path, *lists):
        assert cover not in (await site.get(url)).text
    assert (await site.get(cover)).json()["code"] == "cover_not_found"
    image = await make.image(services, owner, sounds.picture(tmp_path / "cover.png"))
    async with services.database.transaction() as tx:
        hidden = {"visibility": "private", "cover_image_id": image}
        release = await make.release(tx, owner.member, "Two Shores", track, **hidden)
    before = await site.get(path)
    assert cover not in before.text
    assert before.json()["data"]["release"] is None

    async with services.database.transaction() as tx:
        await tx.run("update releases set visibility = 'public' where id = $1", release)

    shown = (await site.get(path)).json()["data"]
    assert shown["cover_url"] == cover
    assert set(shown["cover_palette"]) == {"dark", "light"}
    assert len(base64.b64decode(shown["cover_placeholder"])) == 21
    of_release = {name: shown[name] for name in ("cover_palette", "cover_placeholder")}
    url = f"{SITE}/api/v1/images/{image}"
    named = {"id": str(release), "title": "Two Shores", "cover_url": url} | of_release
    assert shown["release"] == named
    for url in (*lists, f"/feeds/artists/{owner.username}", f"/embed/tracks/{track}"):
        assert cover in (await site.get(url)).text, url
    page = (await site.get(f"/tracks/{track}")).text
    assert f'property="og:image" content="{cover}"' in page
    embedded = (await site.get("/oembed", params={"url": f"{SITE}/tracks/{track}"})).json()
    assert embedded["thumbnail_url"] == f"{cover}?size=512"
    assert (embedded["thumbnail_width"], embedded["thumbnail_height"]) == (512, 512)
    picture = await site.get(embedded["thumbnail_url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert (await site.get(cover)).headers["etag"] == f'"{image.hex}"'


async def test_pages_say_which_release_a_track_is_on_and_which_tracks_a_release_has(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        tracks = [await make.bare_track(tx, owner.member, title) for title in ("One", "Two")]
        release = await make.release(tx, owner.member, "Shores", *tracks, visibility="public")
        hidden = await make.release(tx, owner.member, "Later", tracks[0], visibility="private")

    album = _data_of((await site.get(f"/releases/{release}")).text)["track"]
    song = (await site.get(f"/tracks/{tracks[0]}")).text

    assert album["numberOfItems"] == 2
    assert [(each["position"], each["item"]["name"]) for each in album["itemListElement"]] == [
        *((1, "One"), (2, "Two"))
    ]
    assert album["itemListElement"][1]["item"]["url"] == f"{SITE}/tracks/{tracks[1]}"
    on = {"@type": "MusicAlbum", "name": "Shores", "url": f"{SITE}/releases/{release}"}
    assert _data_of(song)["inAlbum"] == on
    assert str(hidden) not in song


def _data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])
