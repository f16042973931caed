"""Daily counts equal a recount of the plays, also after repeated and killed runs of the job."""

import asyncio
from random import Random

import pytest

from tests.domains.music.statistics.counting_steps import History
from veza.app.domains import PERSONAL_DATA
from veza.core.access import Member
from veza.infra.postgres.database import Database

_STEPS = ("play", "play", "like", "like", "unlike", "pass_day", "count", "kill", "count twice")


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 5))]
)
async def test_rollups_are_a_recount(own_database: Database, seed: int):
    random = Random(seed)
    history = History(own_database, random)
    await history.begin()

    for _ in range(40):
        match random.choice(_STEPS):
            case "kill":
                await history.count(lives=random.randrange(20))
            case "count":
                await history.count()
                await _ensure_counted(history)
            case "count twice":
                await asyncio.gather(history.count(), history.count())
            case step:
                await getattr(history, step)()
    await history.count()
    await _ensure_counted(history)


async def _ensure_counted(history: History) -> None:
    figures = ("plays", "listeners", "likes")
    assert await history.read("track_days", "track_id", *figures) == history.expect_tracks()
    assert await history.read("artist_days", "artist_id", *figures) == history.expect_artists()
    assert await history.read("release_days", "release_id", "listeners") == (
        history.expect_releases()
    )
    assert await history.read_referrers("track_referrers", "track_id") == (
        history.expect_referrers(by_artist=False)
    )
    assert await history.read_referrers("artist_referrers", "artist_id") == (
        history.expect_referrers(by_artist=True)
    )


async def test_plays_are_deleted_once_their_day_is_closed(own_database: Database):
    history = History(own_database, Random(0))
    await history.begin()
    for _ in range(3):
        await history.play()
        await history.pass_day()
    await history.play()

    await history.count(lives=4)
    assert await _count_kept(own_database) == len(history.plays), "No day was closed."
    await history.count()

    kept = [play for play in history.plays if play[0] >= history.today - 1]
    assert await _count_kept(own_database) == len(kept) > 0
    await _ensure_counted(history)


async def test_counting_again_writes_nothing(own_database: Database):
    history = History(own_database, Random(1))
    await history.begin()
    for _ in range(3):
        await history.play()
        await history.like()
    await history.count()
    before = await _list_versions(own_database)

    await history.count()

    assert await _list_versions(own_database) == before


async def _count_kept(database: Database) -> int:
    async with database.read() as conn:
        return await conn.value(int, "select count(*) from counted_plays") or 0


async def _list_versions(database: Database) -> list[str]:
    tables = ("track_days", "artist_days", "release_days", "track_referrers", "artist_referrers")
    sql = " union all ".join(f"select '{one}' || ctid || xmin from {one}" for one in tables)
    async with database.read() as conn:
        return sorted(await conn.column(str, sql))


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
async def test_artists_are_erased_while_they_are_counted(own_database: Database, seed: int):
    history = History(own_database, Random(seed))
    await history.begin()
    for _ in range(25):
        await history.play()
        await history.like()

    async def erase(artist: Member) -> None:
        async with own_database.transaction() as tx:
            for part in PERSONAL_DATA.values():
                await part.erase(tx, artist.id)

    gone, kept = history.artists[:2], history.artists[2]
    await asyncio.gather(history.count(), history.count(), *map(erase, gone))
    await history.count()

    found = await history.read("artist_days", "artist_id", "plays", "listeners", "likes")
    expected = history.expect_artists()
    assert found == {key: row for key, row in expected.items() if key[0] == kept.id}
