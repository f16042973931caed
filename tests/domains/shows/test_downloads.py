"""Downloads count as IAB's guidelines say: a minute, once a day, and not for bots."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domains.shows.show_world import World, add_track, made
from veza.app.domains import PERSONAL_DATA
from veza.app.services import Services
from veza.core.ids import TrackId, new_id
from veza.core.listener_identity import ListenerIdentity
from veza.domains.shows import jobs
from veza.domains.shows.jobs import store_downloads
from veza.domains.shows.routes import downloads, feeds
from veza.domains.shows.rules.downloads import DeliveredSamples, find_samples, is_bot
from veza.domains.shows.service.download_counter import DownloadCounter
from veza.infra.valkey import client as valkey

_APP = "AntennaPod/3.4"
# Five minutes, so that a minute is 60,000 bytes.
_SIZE, _MS = 300_000, 300_000
# At which all of it happens: a day would end during a test otherwise.
_MOMENT = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
_DAY = _MOMENT.date()


@pytest.fixture(autouse=True)
def _stop_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (downloads, feeds, jobs):
        monkeypatch.setattr(module, "now", lambda: _MOMENT)


@pytest.fixture
async def episode(services: Services, client: httpx.AsyncClient, world: World) -> TrackId:
    """An episode of five minutes, with a file."""
    async with services.database.transaction() as tx:
        track_id = await add_track(tx, world.owner, "Counted", duration_ms=_MS)
        await tx.run("update track_media set stream_size = $2 where track_id = $1", track_id, _SIZE)
    await services.storage.put_new(f"tracks/{track_id}/stream.m4a", bytes(_SIZE))
    await made(client, f"shows/{world.show['id']}/episodes", world.owner, track_id=str(track_id))
    return track_id


class Listener:
    """Loads an episode by an application, and says how often it was downloaded."""

    def __init__(
        self, site: httpx.AsyncClient, services: Services, world: World, episode: TrackId
    ) -> None:
        self.site = site
        self.services = services
        self.world = world
        self.episode = episode

    async def load(self, span: str | None = None, *, app: str = _APP, method: str = "GET") -> int:
        headers = {"user-agent": app}
        if span is not None:
            headers["range"] = f"bytes={span}"
        path = f"/feeds/shows/{self.world.show['id']}/{self.episode}.m4a"
        answer = await self.site.request(method, path, headers=headers)
        return answer.status_code

    async def downloads(self) -> int:
        counter = DownloadCounter(self.services.valkey)
        found = 0
        async for counts in counter.list_counts(_DAY):
            found += counts.downloads.get(self.episode, 0)
        return found


@pytest.fixture
def listener(
    site: httpx.AsyncClient, services: Services, world: World, episode: TrackId
) -> Listener:
    return Listener(site, services, world, episode)


async def test_a_whole_file_is_one_download_in_a_day(listener: Listener) -> None:
    assert await listener.load() == 200
    assert await listener.downloads() == 1
    assert await listener.load() == 200
    assert await listener.load("0-") == 206
    assert await listener.downloads() == 1
    await listener.load(app="Overcast/2026")
    assert await listener.downloads() == 2


async def test_ranges_count_once_they_are_a_minute_together(listener: Listener) -> None:
    assert await listener.load("0-1") == 206
    for first in range(0, 56_000, 8_000):
        assert await listener.load(f"{first}-{first + 7_999}") == 206
        # The same again adds nothing.
        assert await listener.load(f"{first}-{first + 7_999}") == 206
    assert await listener.downloads() == 0
    assert await listener.load("100000-104000") == 206
    assert await listener.downloads() == 1


async def test_a_range_of_a_minute_anywhere_is_a_download(listener: Listener) -> None:
    assert await listener.load("150000-209999") == 206
    assert await listener.downloads() == 1


async def test_what_sends_nothing_counts_nothing(listener: Listener) -> None:
    assert await listener.load(method="HEAD") == 200
    assert await listener.load("900000-") == 416
    assert await listener.downloads() == 0


@pytest.mark.parametrize(
    "name", ["", "Googlebot/2.1 (+http://www.google.com/bot.html)", "curl/8.1"]
)
async def test_bots_are_left_out(listener: Listener, name: str) -> None:
    assert await listener.load(app=name) == 200
    assert await listener.downloads() == 0


@pytest.mark.parametrize(
    "name",
    [
        "AppleCoreMedia/1.0.0.21E236 (iPhone; U; CPU OS 17_4_1 like Mac OS X; en_us)",
        "Podcasts/1650.1 CFNetwork/1494 Darwin/23.4.0",
        "Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 Chrome/124.0",
        "PocketCasts/1.0 (Pocket Casts Feed Parser; +http://pocketcasts.com/)",
    ],
)
def test_applications_of_listeners_are_no_bots(name: str) -> None:
    assert not is_bot(name)


async def test_a_network_counts_up_to_twenty_programs(listener: Listener) -> None:
    for number in range(25):
        await listener.load(app=f"Invented/{number}")
    assert await listener.downloads() == 20


async def test_valkey_knows_nobody_and_forgets_within_a_day(
    listener: Listener, services: Services
) -> None:
    await listener.load()
    keys = await services.valkey.keys(f"download*{listener.episode}*")
    assert len(keys) == 2
    for key in keys:
        assert b"AntennaPod" not in key
        assert 0 < await services.valkey.ttl(key) <= 24 * 3600


async def test_owners_see_downloads_by_day_and_episode(
    listener: Listener, services: Services, client: httpx.AsyncClient, world: World
) -> None:
    await listener.load()
    counter = DownloadCounter(services.valkey)
    await store_downloads(services.database, counter)
    # Counts are absolute: what is stored again adds nothing.
    await store_downloads(services.database, counter)
    earlier = _DAY - timedelta(days=40)
    async with services.database.transaction() as tx:
        sql = "insert into episode_downloads values ($1, $2, gen_random_uuid(), 7)"
        await tx.run(sql, world.open, earlier)
    path = f"shows/{world.show['id']}/downloads"
    answer = await client.get(path, headers=world.owner.headers)
    assert answer.json()["data"] == {
        "total": 1,
        "days": [{"day": f"{_DAY}", "downloads": 1}],
        "episodes": [{"track_id": str(listener.episode), "title": "Counted", "downloads": 1}],
    }
    longer = await client.get(path, params={"days": 60}, headers=world.owner.headers)
    assert longer.json()["data"]["total"] == 8
    assert [each["title"] for each in longer.json()["data"]["episodes"]] == [
        "First tape",
        "Counted",
    ]
    for who, status in ((world.fan, 403), (None, 401)):
        headers = {} if who is None else who.headers
        assert (await client.get(path, headers=headers)).status_code == status


async def test_counts_that_valkey_lost_are_added_to_new_ones(
    listener: Listener, services: Services, client: httpx.AsyncClient, world: World
) -> None:
    counter = DownloadCounter(services.valkey)
    for app in (_APP, "Overcast/2026"):
        await listener.load(app=app)
        await store_downloads(services.database, counter)
        await services.valkey.delete(f"downloads:{_DAY}")
    answer = await client.get(f"shows/{world.show['id']}/downloads", headers=world.owner.headers)
    assert answer.json()["data"]["total"] == 2


async def test_downloads_of_what_is_no_episode_are_not_stored(
    listener: Listener, services: Services, client: httpx.AsyncClient, world: World
) -> None:
    await listener.load()
    path = f"shows/{world.show['id']}/episodes/{listener.episode}"
    assert (await client.delete(path, headers=world.owner.headers)).status_code == 200
    await store_downloads(services.database, DownloadCounter(services.valkey))
    async with services.database.read() as conn:
        sql = "select count(*) from episode_downloads where track_id = $1"
        assert await conn.value(int, sql, listener.episode) == 0


async def test_downloads_are_exported(listener: Listener, services: Services, world: World) -> None:
    await listener.load()
    await store_downloads(services.database, DownloadCounter(services.valkey))
    async with services.database.transaction() as conn:
        exported = await PERSONAL_DATA["shows"].export(conn, world.owner.id)
    assert [each.downloads for each in exported.downloads] == [1]


async def test_without_valkey_files_are_sent_and_nothing_is_counted() -> None:
    async with valkey.connect("unix:///nowhere/valkey.sock") as gone:
        counter = DownloadCounter(gone)
        listener = ListenerIdentity("n:x", "x")
        counted = await counter.count(
            TrackId(new_id()),
            listener,
            _APP,
            day=_DAY,
            samples=DeliveredSamples(0, 40, 30),
        )
    assert not counted


@given(
    size=st.integers(1, 400_000_000),
    duration_ms=st.integers(1, 20_000_000),
    cuts=st.lists(st.floats(0, 1), max_size=8),
)
def test_ranges_that_follow_each_other_have_each_sample_once(
    size: int, duration_ms: int, cuts: list[float]
) -> None:
    whole = find_samples(size, duration_ms, 0, size - 1)
    assert whole is not None
    assert whole.first == 0
    assert whole.needed <= whole.last + 1
    borders = sorted({0, size, *(int(size * cut) for cut in cuts)})
    found: list[int] = []
    for first, end in pairwise(borders):
        samples = find_samples(size, duration_ms, first, end - 1)
        if samples is not None:
            found += range(samples.first, samples.last + 1)
    assert found == list(range(whole.last + 1))


def test_a_minute_is_thirty_samples_and_a_shorter_file_all_of_its_own() -> None:
    assert find_samples(_SIZE, _MS, 0, 1) is None
    assert find_samples(_SIZE, _MS, 0, 59_999) == DeliveredSamples(0, 29, 30)
    short = find_samples(40_000, 40_000, 0, 39_999)
    assert short == DeliveredSamples(0, 19, 20)
    long = find_samples(10**9, 36_000_000, 0, 10**9 - 1)
    assert long == DeliveredSamples(0, 4095, 7)
