"""Feeds: what they list, with exact sizes, and what they keep to themselves."""

import hashlib
from collections.abc import AsyncIterator
from xml.etree import ElementTree

import httpx
import pytest
from litestar import Litestar

from tests import make
from tests.http.apps import calling
from tests.raw import hearing
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import TrackId, new_id
from veza.core.visibility import Visibility
from veza.domains.music.credits.models import (
    ArtistForm,
    CreditedProfile,
    CreditForm,
    CreditRole,
)
from veza.domains.music.tracks.models.forms import TrackChange
from veza.domains.music.tracks.service import track_changes
from veza.domains.public_pages.feeds.rules import name_feed
from veza.domains.public_pages.feeds.service import ITEMS
from veza.infra.postgres.database import Tx

ORIGINAL, STREAM = b"fLaC" + bytes(500), b"m4a" + bytes(300)
SITE = "http://veza.test"
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_PODCAST = "{https://podcastindex.org/namespace/1.0}"
_ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def site(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as made:
        yield made


async def _add_track(tx: Tx, owner: make.Person, title: str, **columns: object) -> TrackId:
    """Make a track with the facts of its files, but without the files."""
    track_id = await make.bare_track(tx, owner.member, title, **columns)
    sql = """
        insert into track_media (track_id, filename, original_kind, original_size, original_hash,
                                 stream_size)
             values ($1, 'tape.flac', 'flac', $2, $3, $4)
    """
    digest = hashlib.sha256(ORIGINAL).hexdigest()
    await tx.run(sql, track_id, len(ORIGINAL), digest, len(STREAM))
    return track_id


async def _read(site: httpx.AsyncClient, path: str) -> ElementTree.Element:
    answer = await site.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    found = ElementTree.fromstring(answer.content).find("channel")
    assert found is not None
    return found


def _titles(channel: ElementTree.Element) -> list[str | None]:
    return [item.findtext("title") for item in channel.iter("item")]


async def test_a_feed_has_what_directories_ask_for(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        track = await _add_track(tx, owner, "Night Ferry")
        release = await make.release(tx, owner.member, "Shores", track, visibility="public")
        await tx.run("update profiles set display_name = 'Björk' where id = $1", owner.id)
        artists = [ArtistForm("", CreditedProfile(owner.id), " feat. "), ArtistForm("Ada")]
        mixed = [CreditForm(CreditRole.MIXING, "Brian")]
        change = TrackChange(artists=artists, credits=mixed)
        await track_changes.update_track(tx, track, owner.member, change, make.NO_LINKS)
    channel = await _read(site, f"/feeds/releases/{release}")

    assert channel.find("language") is None, "Nobody said in which language it is."
    assert channel.findtext(f"{_ITUNES}owner/{_ITUNES}name") == "Björk"
    assert channel.findtext(f"{_PODCAST}locked") == "yes"
    picture = channel.findtext("image/url")
    assert picture is not None
    image = channel.find(f"{_ITUNES}image")
    assert image is not None
    assert image.attrib["href"] == picture
    assert (await site.get(picture)).status_code == 200
    people = [
        (person.text, person.attrib["role"], person.attrib.get("href", "").rpartition("/")[2])
        for place in (channel, channel.find("item"))
        if place is not None
        for person in place.findall(f"{_PODCAST}person")
    ]
    artist = ("Björk", "artist", owner.username)
    of_release = [artist, ("Ada", "producer", owner.username)]
    assert people == [*of_release, artist, ("Ada", "artist", ""), ("Brian", "mixing", "")]
    assert channel.findtext(f"item/{_ITUNES}author") == "Björk feat. Ada"


async def test_an_enclosure_has_the_size_and_type_of_what_is_sent(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        track = await _add_track(tx, owner, "Night Ferry", downloadable=True)
    for name, content in (("original", ORIGINAL), ("stream.m4a", STREAM)):
        await services.storage.put_new(f"tracks/{track}/{name}", content)
    channel = await _read(site, f"/feeds/artists/{owner.username}")

    enclosure = channel.find("item/enclosure")
    alternate = channel.find(f"item/{_PODCAST}alternateEnclosure")
    source = channel.find(f"item/{_PODCAST}alternateEnclosure/{_PODCAST}source")
    assert enclosure is not None
    assert alternate is not None
    assert source is not None
    assert enclosure.attrib["url"].endswith(f"{track}.m4a")
    for url, facts in ((enclosure.attrib["url"], enclosure), (source.attrib["uri"], alternate)):
        sent = await site.get(url)
        assert len(sent.content) == int(facts.attrib["length"])
        assert sent.headers["content-type"] == facts.attrib["type"]
        part = await site.get(url, headers={"range": "bytes=4-9"})
        assert (part.status_code, len(part.content)) == (206, 6)


async def test_a_feed_says_who_plays_and_names_itself_for_good(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        track = await _add_track(tx, owner, "Night Ferry", is_explicit=True)
    channel = await _read(site, f"/feeds/artists/{owner.username}")

    assert channel.findtext("link") == f"{SITE}/artists/{owner.username}"
    assert channel.findtext(f"{_PODCAST}guid") == str(name_feed("artists", owner.member.id))
    assert channel.findtext(f"{_PODCAST}medium") == "music"
    assert channel.findtext(f"item/{_PODCAST}person") == owner.username
    assert channel.findtext("item/guid") == str(track)
    assert channel.findtext(f"item/{_ITUNES}duration") == "180"
    assert channel.findtext(f"item/{_ITUNES}explicit") == "true"
    assert channel.find(f"item/{_PODCAST}alternateEnclosure") is None


async def test_only_what_everybody_may_find_is_listed(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        shown = await _add_track(tx, owner, "Shown")
        hidden = [
            await _add_track(tx, owner, "Unlisted", visibility="unlisted"),
            await _add_track(tx, owner, "Private", visibility="private"),
            await _add_track(tx, owner, "Unready", status="processing"),
        ]
        playlist, _ = await make.playlist(tx, owner.member, "Mixed", hidden[0], "public")
        secret, _ = await make.playlist(tx, owner.member, "Secret", shown, "unlisted")
        release = await make.release(tx, owner.member, "Two Shores", shown, visibility="public")
        later = await make.release(tx, owner.member, "Later", shown, visibility="unlisted")
    feeds = {
        f"/feeds/artists/{owner.username}": ["Shown"],
        f"/feeds/playlists/{playlist}": [],
        f"/feeds/releases/{release}": ["Shown"],
    }
    gone = [f"/feeds/playlists/{secret}", f"/feeds/releases/{later}"]
    gone += [f"/feeds/{kind}/{new_id()}" for kind in ("playlists", "releases", "artists")]

    for path, titles in feeds.items():
        assert _titles(await _read(site, path)) == titles, path
    await make.suspended(services, owner)
    for path in [*feeds, *gone, f"/feeds/tracks/{shown}.m4a"]:
        answer = await site.get(path, headers=owner.headers)
        assert answer.status_code == 404, path
        assert "not_found" in answer.json()["code"]


async def test_the_next_page_goes_on_and_has_no_end_in_common(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        made = [await _add_track(tx, owner, f"Tape {n}") for n in range(ITEMS + 3)]
        release = await make.release(tx, owner.member, "All", *made, visibility=Visibility.PUBLIC)
        await tx.run("update tracks set created_at = now() - random() * interval '1 day'")
    for path in (f"/feeds/artists/{owner.username}", f"/feeds/releases/{release}"):
        found: list[str | None] = []
        page: str | None = path
        while page is not None:
            channel = await _read(site, page)
            found += [item.findtext("guid") for item in channel.iter("item")]
            links = {
                link.attrib["rel"]: link.attrib["href"] for link in channel.iter(f"{_ATOM}link")
            }
            assert links["first"] == f"{SITE}{path}"
            page = links.get("next")
        assert len(found) == ITEMS + 3
        assert set(found) == {str(track) for track in made}


@pytest.mark.parametrize("cursor", ["-1", "x", "9" * 30, "%00"])
async def test_a_wrong_cursor_is_refused(
    site: httpx.AsyncClient, services: Services, cursor: str
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        track = await _add_track(tx, owner, "Night Ferry")
        release = await make.release(tx, owner.member, "One", track, visibility="public")
    for path in (f"/feeds/artists/{owner.username}", f"/feeds/releases/{release}"):
        assert (await site.get(f"{path}?cursor={cursor}")).status_code == 400


async def test_what_people_wrote_stays_text(site: httpx.AsyncClient, services: Services) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        await _add_track(tx, owner, "</title><b> & \x0b\ufffe\"'", description="]]> \x1b[1m")
    channel = await _read(site, f"/feeds/artists/{owner.username}")

    assert channel.findtext("item/title") == "</title><b> & \"'"
    assert channel.findtext("item/description") == "]]> [1m"


async def test_a_feed_that_did_not_change_is_not_sent_again(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    path = f"/feeds/artists/{owner.username}"
    first = await site.get(path)
    condition = {"if-none-match": first.headers["etag"]}
    second = await site.get(path, headers=condition)
    assert (second.status_code, second.content) == (304, b"")
    assert first.headers["cache-control"] == "private, max-age=300"

    async with services.database.transaction() as tx:
        await _add_track(tx, owner, "New")
    assert (await site.get(path, headers=condition)).status_code == 200


async def test_a_feed_takes_the_same_number_of_statements_however_long_it_is(
    site: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        made = [await _add_track(tx, owner, f"Tape {n}") for n in range(5)]
        one = await make.release(tx, owner.member, "One", made[0], visibility="public")
        all_five = await make.release(tx, owner.member, "Five", *made, visibility="public")

    async def count(path: str) -> int:
        async with hearing(services, "from") as heard:
            await _read(site, path)
        return len([query for query, _ in heard if "tracks" in query or "releases" in query])

    assert await count(f"/feeds/releases/{one}") == await count(f"/feeds/releases/{all_five}") <= 5
    assert await count(f"/feeds/artists/{owner.username}") == 2
