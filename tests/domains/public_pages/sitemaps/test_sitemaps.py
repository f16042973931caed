"""Sitemaps: complete, in bounded files, and only of what is public."""

from collections.abc import AsyncIterator
from uuid import UUID
from xml.etree import ElementTree

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests import make
from tests.http.apps import assemble, calling
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.music.tracks.service import track_search
from veza.domains.public_pages.sitemaps.models import RobotsPolicy, SitemapSection
from veza.domains.public_pages.sitemaps.service import Sitemaps

SITE = "http://veza.test"


@pytest.fixture
async def site(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app.state.services.replace(Sitemaps, Sitemaps(RobotsPolicy(is_allowed=True)))
    async with calling(wrap(app, settings), path="/") as made:
        yield made


async def _list(site: httpx.AsyncClient, path: str) -> list[str]:
    answer = await site.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/xml"
    assert answer.headers["cache-control"] == "private, max-age=3600"
    found = ElementTree.fromstring(answer.content)
    return [str(each.text) for each in found.iter() if each.tag.endswith("}loc")]


async def test_the_sitemap_has_what_is_public(site: httpx.AsyncClient, services: Services) -> None:
    owner = await make.person(services, Role.CREATOR)
    gone = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        shown = await make.bare_track(tx, owner.member, "Shown")
        hidden: list[UUID] = [
            await make.bare_track(tx, owner.member, "A", visibility="unlisted"),
            await make.bare_track(tx, owner.member, "B", visibility="private"),
            await make.bare_track(tx, owner.member, "C", status="processing"),
            await make.bare_track(tx, gone.member, "D"),
        ]
        await track_search.index_tracks(tx, [shown])
        playlist, _ = await make.playlist(tx, owner.member, "Mixed", shown, "public")
        release = await make.release(tx, owner.member, "Two Shores", shown, visibility="public")
        product = await make.product(tx, owner.member, status="published")
        hidden.append(await make.product(tx, owner.member, status="draft"))
        post = await make.post(tx, owner.member)
        hidden.append(await make.post(tx, gone.member))
    await make.suspended(services, gone)
    files = await _list(site, "/sitemap.xml")
    listed = [address for file in files for address in await _list(site, file)]

    assert {
        f"{SITE}/tracks/{shown}",
        f"{SITE}/playlists/{playlist}",
        f"{SITE}/releases/{release}",
        f"{SITE}/products/{product}",
        f"{SITE}/posts/{post}",
        f"{SITE}/artists/{owner.username}",
    } <= set(listed)
    assert len(listed) == len(set(listed))
    assert not [address for address in listed if any(str(one) in address for one in hidden)]
    assert (await site.get(f"{SITE}/sitemaps/tracks/{new_id()}.xml")).status_code == 404
    assert (await site.get(f"{SITE}/sitemaps/tracks/x.xml")).status_code == 404
    assert (await site.get(f"{SITE}/sitemaps/users/{new_id()}.xml")).status_code == 404


async def test_files_join_without_a_gap_also_if_something_is_published_between(
    services: Services,
) -> None:
    owner = await make.person(services, Role.CREATOR)
    sitemaps = Sitemaps(RobotsPolicy(is_allowed=True), page_size=3)
    async with services.database.transaction() as tx:
        made = [await make.bare_track(tx, owner.member, f"Tape {n}") for n in range(8)]
        await tx.run("update tracks set visibility = 'private' where id = $1", made[4])
        files = await sitemaps.list_files(tx)
        await tx.run("update tracks set visibility = 'public' where id = $1", made[4])
        found: list[str] = []
        for file in files:
            if file.section is SitemapSection.TRACKS:
                entries = await sitemaps.list_entries(tx, file.section, file.first)
                assert entries is not None
                assert len(entries) <= 4
                found += [entry.key for entry in entries]
    assert len(found) == len(set(found))
    assert {str(track) for track in made} <= set(found)


async def test_robots_may_read_pages_and_be_refused(services: Services) -> None:
    for is_allowed in (True, False):
        changed = msgspec.structs.replace(services.settings, search_engines=is_allowed)
        _, app = assemble(services, changed)
        async with calling(app, path="/") as site:
            text = (await site.get("/robots.txt")).text
        assert ("\nDisallow: /\n" in text) != is_allowed
        assert (f"Sitemap: {SITE}/sitemap.xml" in text) == is_allowed
        assert "Disallow: /api" not in text, "Search engines run the pages, which ask the API."
