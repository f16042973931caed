"""Shows are imported from feeds with their files, whatever the other server does."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import feedparser
import httpx
import msgspec
import pytest
from litestar import Litestar

from tests import make
from tests.domains.shows.show_world import made
from tests.fakes.web_site import HOST, FakeWebSite, SitePage, open_site
from tests.http.apps import BASE_URL
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import TrackId
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads
from veza.domains.shows import jobs
from veza.domains.shows.models.episodes import PublishEpisode
from veza.domains.shows.models.imports import ImportEpisodes, ReadFeed
from veza.domains.shows.service import imported_shows
from veza.domains.shows.service.imported_shows import MAX_FEED_BYTES
from veza.domains.shows.service.importer import ShowImporter
from veza.http.services import ServiceRegistry
from veza.infra.foreign_http.foreign_files import ForeignFiles

IMPORT = "users/me/show-import"
SOUND = b"RIFF" + (2**20).to_bytes(4, "little") + b"WAVEfmt " + bytes(range(256)) * 4096

site_of_module = pytest.fixture(scope="module")(open_site)


@pytest.fixture
def host(site_of_module: FakeWebSite) -> FakeWebSite:
    site_of_module.clear()
    return site_of_module


def write_feed(host: FakeWebSite, *paths: str, channel: str = "", item: str = "") -> None:
    """Put a feed at the host, with an episode for each path of a file."""
    guid = "" if "podcast:guid" in channel else f"<podcast:guid>{uuid4()}</podcast:guid>"
    items = "".join(
        f"""
        <item><title>Tape {number} &amp; more</title><guid>old-{number}</guid>
          <pubDate>Fri, 01 Mar 2019 10:0{number}:00 +0100</pubDate>
          <description>&lt;p&gt;We talk&lt;/p&gt;&lt;p&gt;of tape.&lt;/p&gt;</description>
          <itunes:season>2</itunes:season><itunes:episode>{number}</itunes:episode>
          <enclosure url="{host.origin}{path}" type="audio/wav" length="1"/>{item}</item>"""
        for number, path in enumerate(paths, 1)
    )
    host.pages["/feed"] = SitePage(
        f"""<?xml version="1.0"?>
        <rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
             xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>
        <title>Old Tapes</title><language>de-DE</language><description>Hum.</description>
        <itunes:author>Harbour</itunes:author><itunes:category text="Technology"/>
        {guid}{channel}{items}</channel></rss>""",
        content_type="application/rss+xml",
    )


class Site:
    """A creator who imports a show, and the worker."""

    def __init__(self, app: Litestar, services: Services, client: httpx.AsyncClient) -> None:
        self.registry: ServiceRegistry = app.state.services
        self.services = services
        self.client = client
        self.owner: make.Person
        self.importer: ShowImporter

    async def send(self, method: str, path: str = IMPORT, **said: Any) -> httpx.Response:
        return await self.client.request(method, path, headers=self.owner.headers, **said)

    async def begin(self, host: FakeWebSite, **said: Any) -> dict[str, Any]:
        """Begin an import, and put its code into the feed."""
        said = {"feed_url": f"{host.origin}/feed", **said}
        begun = await made(self.client, IMPORT, self.owner, **said)
        page = host.pages.get("/feed")
        if page is not None:
            html = page.html.replace("Hum.", f"Hum. {begun['code']}")
            host.pages["/feed"] = replace(page, html=html)
        return begun

    async def run(self, most: int = 100) -> dict[str, Any]:
        """Run the jobs of imports that wait, at most so many; return the import."""
        for _ in range(most):
            sql = """
                delete from jobs
                 where id in (
                           select id from jobs where name in ('ReadFeed', 'ImportEpisodes') limit 1
                       )
             returning name || ' ' || convert_from(payload, 'UTF8')
            """
            async with self.services.database.transaction() as tx:
                taken = await tx.column(str, sql)
            if not taken:
                break
            name, _, payload = taken[0].partition(" ")
            if name == "ReadFeed":
                read = msgspec.json.decode(payload, type=ReadFeed)
                await jobs.read_feed(self.importer, read)
            else:
                episodes = msgspec.json.decode(payload, type=ImportEpisodes)
                await jobs.import_episodes(self.importer, episodes)
        return await self.get()

    async def get(self) -> dict[str, Any]:
        answer = await self.send("GET")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def hasten(self) -> None:
        """Let what is tried again be due, and do what is done each minute."""
        async with self.services.database.transaction() as tx:
            await tx.run("update show_import_items set due_at = now()")
        await jobs.continue_imports(self.services.database)

    async def sound_of(self, track_id: str) -> bytes:
        """Return the file that a track was made of."""
        pieces = [
            piece async for piece in self.services.storage.read(f"tracks/{track_id}/original")
        ]
        return b"".join(pieces)


@pytest.fixture
async def importing(
    app: Litestar, services: Services, client: httpx.AsyncClient, host: FakeWebSite
) -> Site:
    site = Site(app, services, client)
    site.owner = await make.person(services, Role.CREATOR)
    site.importer = ShowImporter(
        database=services.database,
        files=ForeignFiles({host.origin}, host.tls, 20),
        resumable=site.registry.get(ResumableUploads),
        pictures=services.image_processing,
        text_filters=site.registry.get(TextFilters),
        urls=make.NO_LINKS,
    )
    return site


def states(imported: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(item["state"], item["error"]) for item in imported["items"]]


async def test_a_show_keeps_what_applications_know_it_by(
    importing: Site, host: FakeWebSite, site: httpx.AsyncClient
) -> None:
    guid = uuid4()
    chapters = '{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Hello"}]}'
    host.pages["/chapters"] = SitePage(chapters)
    host.pages["/words"] = SitePage("WEBVTT\n\n00:00.000 --> 00:04.000\nWelcome.")
    for path in ("/1.wav", "/2.wav"):
        host.pages[path] = SitePage(content=SOUND, content_type="audio/wav")
    write_feed(
        host,
        "/1.wav",
        "/2.wav",
        channel=f"<podcast:guid>{guid}</podcast:guid><podcast:locked>no</podcast:locked>",
        item=f"""<podcast:chapters url="{host.origin}/chapters"/>
            <podcast:transcript url="{host.origin}/words" type="text/vtt"/>""",
    )
    await importing.begin(host)
    imported = await importing.run()
    assert imported["state"] == "done"
    assert states(imported) == [("done", None)] * 2
    track_id = imported["items"][0]["track_id"]
    assert await importing.sound_of(track_id) == SOUND
    answer = await importing.send("GET", f"tracks/{track_id}/episode")
    episode = answer.json()["data"]
    assert episode["track"]["title"] == "Tape 1 & more"
    assert episode["track"]["visibility"] == "private"
    assert episode["published_at"] == "2019-03-01T09:01:00Z"
    assert (episode["season"], episode["number"]) == (2, 1)
    assert episode["notes"] == "We talk\nof tape."
    assert episode["chapters"] == [{"start_seconds": 0.0, "title": "Hello"}]
    assert episode["has_transcript"]
    show = episode["show"]
    assert show["guid"] == str(guid)
    assert (show["title"], show["language"], show["category"]) == (
        "Old Tapes",
        "de-DE",
        "Technology",
    )
    assert (show["owner_text"], show["visibility"]) == ("Harbour", "private")
    # Applications that have the episodes know them again.
    async with importing.services.database.transaction() as tx:
        await tx.run("update shows set visibility = 'public' where id = $1", show["id"])
        await tx.run(
            """
            update tracks set visibility = 'public', status = 'ready', duration_ms = 1,
                                  format = 'wav'
             where id in (select track_id from episodes where show_id = $1)
            """,
            show["id"],
        )
        await tx.run(
            """
            update track_media set stream_size = 1
             where track_id in (select track_id from episodes where show_id = $1)
            """,
            show["id"],
        )
    feed = feedparser.parse((await site.get(show["feed_url"].removeprefix(BASE_URL))).content)
    assert [entry.id for entry in feed.entries] == ["old-2", "old-1"]


async def test_only_who_can_change_a_feed_imports_it(importing: Site, host: FakeWebSite) -> None:
    host.pages["/1.wav"] = SitePage(content=SOUND)
    write_feed(host, "/1.wav")
    answer = await importing.send("POST", json={"feed_url": f"{host.origin}/feed"})
    code = answer.json()["data"]["code"]
    assert (await importing.run())["state"] == "unproven"
    assert "/1.wav" not in host.asked
    proof = f'<podcast:txt purpose="verify">{code}</podcast:txt>'
    write_feed(host, "/1.wav", channel=f"{proof}<podcast:locked>yes</podcast:locked>")
    assert (await importing.send("POST", f"{IMPORT}/retry")).status_code == 200
    imported = await importing.run()
    assert (imported["state"], imported["error"]) == ("failed", "feed_locked")
    write_feed(host, "/1.wav", channel=proof)
    # It has the same code if it begins again.
    again = await importing.send("POST", json={"feed_url": f"{host.origin}/feed"})
    assert again.json()["data"]["code"] == code
    assert (await importing.run())["state"] == "done"


async def test_a_file_that_breaks_off_goes_on_where_it_ended(
    importing: Site, host: FakeWebSite
) -> None:
    page = SitePage(content=SOUND, etag='"one"')
    host.pages["/1.wav"] = replace(page, breaks_after=300_000)
    write_feed(host, "/1.wav")
    await importing.begin(host)
    assert (await importing.run())["state"] == "importing"
    host.pages["/1.wav"] = page
    # The worker was killed: the upload is still held for it.
    async with importing.services.database.transaction() as tx:
        await tx.run(
            """
            update resumable_uploads
               set writer_id = gen_random_uuid(), writer_until = now() + interval '1 minute'
             where owner_id = $1
            """,
            importing.owner.member.id,
        )
    await importing.hasten()
    imported = await importing.run()
    assert imported["state"] == "done"
    [asked] = host.ranges
    assert 0 < int(asked.removeprefix("bytes=").rstrip("-")) <= 300_000
    assert await importing.sound_of(imported["items"][0]["track_id"]) == SOUND


@pytest.mark.parametrize("fault", ["changed", "416", "no validator"])
async def test_a_file_that_can_not_go_on_begins_anew(
    importing: Site, host: FakeWebSite, fault: str
) -> None:
    page = SitePage(content=SOUND, etag='"one"' if fault != "no validator" else "")
    host.pages["/1.wav"] = replace(page, breaks_after=300_000)
    write_feed(host, "/1.wav")
    await importing.begin(host)
    await importing.run()
    new = SOUND[:-9] + b"new sound"
    host.pages["/1.wav"] = replace(page, content=new, etag='"two"', refuses_ranges=fault == "416")
    imported: dict[str, Any] = {}
    for _ in range(2):
        await importing.hasten()
        imported = await importing.run()
    assert imported["state"] == "done"
    assert await importing.sound_of(imported["items"][0]["track_id"]) == new


async def test_refused_items_are_named_and_tried_again(importing: Site, host: FakeWebSite) -> None:
    away = "https://127.0.0.1/secret.wav"
    host.pages["/gone.wav"] = SitePage(status=404)
    host.pages["/text.wav"] = SitePage(content=b"no sound" * 1000)
    host.pages["/inside.wav"] = SitePage(status=302, headers={"Location": away})
    host.pages["/huge.wav"] = SitePage(is_huge=True)
    host.pages["/moved.wav"] = SitePage(status=301, headers={"Location": "/good.wav"})
    host.pages["/good.wav"] = SitePage(content=SOUND)
    write_feed(host, "/gone.wav", "/text.wav", "/inside.wav", "/huge.wav", "/moved.wav")
    await importing.begin(host)
    imported = await importing.run()
    assert imported["state"] == "done"
    assert states(imported) == [
        ("failed", "episode_file_missing"),
        ("failed", "not_audio"),
        ("failed", "episode_file_missing"),
        ("failed", "episode_file_missing"),
        ("done", None),
    ]
    assert (imported["done_count"], imported["failed_count"]) == (1, 4)
    for path in ("/gone.wav", "/text.wav", "/inside.wav", "/huge.wav"):
        host.pages[path] = SitePage(content=SOUND)
    assert (await importing.send("POST", f"{IMPORT}/retry")).status_code == 200
    imported = await importing.run()
    assert states(imported) == [("done", None)] * 5
    assert (await importing.send("POST", f"{IMPORT}/retry")).status_code == 200
    assert (await importing.run())["state"] == "done"


async def test_published_episodes_are_public_once_they_are_processed(
    importing: Site, host: FakeWebSite
) -> None:
    host.pages["/1.wav"] = SitePage(content=SOUND)
    write_feed(host, "/1.wav")
    await importing.begin(host, is_published=True)
    [item] = (await importing.run())["items"]
    path = f"tracks/{item['track_id']}/episode"
    assert (await importing.send("GET", path)).json()["data"]["is_planned"]
    async with importing.services.database.transaction() as tx:
        sql = """
            update tracks set status = 'ready', duration_ms = 1, format = 'wav' where id = $1
        """
        await tx.run(sql, item["track_id"])
    await jobs.publish_episode(
        importing.services.database, PublishEpisode(TrackId(UUID(item["track_id"])))
    )
    episode = (await importing.client.get(path)).json()["data"]
    assert episode["published_at"] == "2019-03-01T09:01:00Z"
    assert episode["track"]["visibility"] == episode["show"]["visibility"] == "public"


async def test_no_file_is_asked_for_while_others_are_processed(
    importing: Site, host: FakeWebSite
) -> None:
    for path in ("/1.wav", "/2.wav"):
        host.pages[path] = SitePage(content=SOUND)
    write_feed(host, "/1.wav", "/2.wav")
    most = importing.services.audio_storage.max_processing
    async with importing.services.database.transaction() as tx:
        for number in range(most):
            await make.bare_track(tx, importing.owner.member, f"{number}", status="processing")
    await importing.begin(host)
    imported = await importing.run()
    assert states(imported) == [("waiting", None)] * 2
    assert [path for path in host.asked if path.endswith(".wav")] == ["/1.wav"]
    async with importing.services.database.transaction() as tx:
        sql = "delete from tracks where owner_id = $1"
        await tx.run(sql, importing.owner.member.id)
    await importing.hasten()
    assert states(await importing.run()) == [("done", None)] * 2


async def test_a_server_that_never_answers_is_left_after_some_tries(
    importing: Site, host: FakeWebSite
) -> None:
    host.pages["/1.wav"] = SitePage(status=503)
    write_feed(host, "/1.wav")
    await importing.begin(host)
    await importing.run()
    for _ in range(4):
        await importing.hasten()
        await importing.run()
    imported = await importing.get()
    assert states(imported) == [("failed", "file_unreachable")]
    assert host.asked.count("/1.wav") == 5


async def test_a_killed_worker_makes_no_second_track(importing: Site, host: FakeWebSite) -> None:
    host.pages["/1.wav"] = SitePage(content=SOUND)
    write_feed(host, "/1.wav")
    await importing.begin(host)
    imported = await importing.run()
    track_id = imported["items"][0]["track_id"]
    # As if it had been killed between the track and the episode.
    async with importing.services.database.transaction() as tx:
        await tx.run("delete from episodes where track_id = $1", track_id)
        await tx.run(
            """
            update show_import_items
               set state = 'waiting', track_id = null,
                   upload_id = (select id from resumable_uploads where result_id = $1)
             where track_id = $1
            """,
            track_id,
        )
        sql = "update show_imports set state = 'importing' where owner_id = $1"
        await tx.run(sql, importing.owner.member.id)
    await importing.hasten()
    assert (await importing.run())["items"][0]["track_id"] == track_id


async def test_a_cancelled_import_ends(importing: Site, host: FakeWebSite) -> None:
    for path in ("/1.wav", "/2.wav"):
        host.pages[path] = SitePage(content=SOUND)
    write_feed(host, "/1.wav", "/2.wav")
    await importing.begin(host)
    answer = await importing.send("POST", json={"feed_url": f"https://{HOST}/other"})
    assert answer.json()["code"] == "import_runs"
    await importing.run(most=2)
    assert (await importing.send("DELETE")).status_code == 200
    assert (await importing.send("GET")).status_code == 404
    await jobs.continue_imports(importing.services.database)
    async with importing.services.database.read() as conn:
        sql = "select title from tracks where owner_id = $1"
        assert await conn.column(str, sql, importing.owner.member.id) == ["Tape 1 & more"]
    assert "/2.wav" not in host.asked


async def test_a_show_that_is_here_is_refused(importing: Site, host: FakeWebSite) -> None:
    host.pages["/1.wav"] = SitePage(content=SOUND)
    write_feed(host, "/1.wav")
    await importing.begin(host)
    assert (await importing.run())["state"] == "done"
    importing.owner = await make.person(importing.services, Role.CREATOR)
    await importing.begin(host)
    imported = await importing.run()
    assert (imported["state"], imported["error"]) == ("failed", "show_exists")


def link_next(host: FakeWebSite, path: str, href: str) -> None:
    """Add a link to the next page to a page of a feed."""
    page = host.pages[path]
    link = f'<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="{href}"/>'
    host.pages[path] = replace(page, html=page.html.replace("<language>", f"{link}<language>"))


async def test_all_pages_of_a_feed_are_read(importing: Site, host: FakeWebSite) -> None:
    write_feed(host, *(f"/{number}.wav" for number in range(1, 4)))
    host.pages["/feed/2"] = host.pages["/feed"]
    write_feed(host, "/other.wav", "/2.wav")
    link_next(host, "/feed", "/feed/2")
    # It leads to itself, which ends the feed as well.
    link_next(host, "/feed/2", f"{host.origin}/feed/2")
    await importing.begin(host)
    imported = await importing.run()
    assert [item["title"] for item in imported["items"]] == [
        "Tape 1 & more",
        "Tape 2 & more",
        "Tape 3 & more",
    ]
    assert host.asked[:2] == ["/feed", "/feed/2"]
    assert host.asked.count("/feed/2") == 1


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (SitePage(status=503), "feed_unreachable"),
        (SitePage(status=404), "no_feed"),
        (SitePage("<rss/>"), "no_feed"),
        (SitePage(content=b" " * MAX_FEED_BYTES), "feed_too_large"),
    ],
)
async def test_without_one_of_its_pages_nothing_of_a_feed_is_imported(
    importing: Site, host: FakeWebSite, page: SitePage, error: str
) -> None:
    write_feed(host, "/1.wav")
    link_next(host, "/feed", "feed-2")
    host.pages["/feed-2"] = page
    await importing.begin(host)
    imported = await importing.run()
    assert (imported["state"], imported["error"], imported["items"]) == ("failed", error, [])


async def test_a_feed_without_an_end_is_refused(
    importing: Site, host: FakeWebSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported_shows, "MAX_PAGES", 3)
    write_feed(host, "/1.wav")
    for number in range(5):
        path = f"/feed{number or ''}"
        host.pages[path] = host.pages["/feed"]
    for number in range(5):
        link_next(host, f"/feed{number or ''}", f"feed{number + 1}")
    await importing.begin(host)
    imported = await importing.run()
    assert (imported["state"], imported["error"]) == ("failed", "feed_too_large")
    assert host.asked == ["/feed", "/feed1", "/feed2"]


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("<html><body>Hi</body></html>", "no_feed"),
        ("<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><channel><title>&a;</title></channel></rss>", ""),
        ("<rss><channel><title>No sound</title></channel></rss>", "no_feed"),
        ("<rss><channel>" + "<item/>" * 2001 + "</channel></rss>", "feed_too_large"),
        ("<rss>" + "<a>" * 40, "no_feed"),
    ],
)
async def test_what_is_no_feed_is_refused(
    importing: Site, host: FakeWebSite, html: str, error: str
) -> None:
    host.pages["/feed"] = SitePage(html)
    await importing.begin(host)
    imported = await importing.run()
    assert (imported["state"], imported["error"]) == ("failed", error or "no_feed")


async def test_feeds_of_private_hosts_are_not_read(importing: Site, host: FakeWebSite) -> None:
    write_feed(host, "/1.wav")
    importing.importer = msgspec.structs.replace(
        importing.importer, files=ForeignFiles((), host.tls)
    )
    await importing.begin(host)
    assert (await importing.run())["error"] == "no_feed"
    assert host.asked == []
    for path in ("/feed", "http://127.0.0.1/", "ftp://me.example/"):
        answer = await importing.send("POST", json={"feed_url": path})
        assert answer.status_code == 400, answer.text
