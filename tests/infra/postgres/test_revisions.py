"""What every process must know within a second: no news is lost, in whatever order it commits."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.errors import Unavailable
from veza.domains.auth.sessions.rules import ACCESS_LIFETIME
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Database, Tx
from veza.infra.postgres.revisions import KEPT_FOR, Revisions, announce, delete_old

TOPIC = "weather"


class Ear:
    """Hears the news of a topic."""

    def __init__(self, news: Revisions, topic: str = TOPIC) -> None:
        self.heard: list[str] = []
        news.listen(topic, self)

    async def __call__(self, subjects: list[str]) -> None:
        self.heard += subjects


@pytest.fixture
async def database(services: Services) -> AsyncIterator[Database]:
    """A pool of its own, so that nothing but the table passes the news on."""
    async with db.connect(services.addresses.database) as opened:
        yield opened
        async with opened.transaction() as tx:
            await tx.run("delete from revisions where topic = any($1)", [TOPIC, "tides"])


@pytest.fixture
def news(database: Database) -> Revisions:
    return Revisions(database)


async def _say(database: Database, *subjects: str, topic: str = TOPIC) -> None:
    async with database.transaction() as tx:
        for subject in subjects:
            await announce(tx, topic, subject)


async def test_news_is_heard_once_it_is_committed(database: Database, news: Revisions) -> None:
    ear = Ear(news)
    async with database.transaction() as tx:
        await announce(tx, TOPIC, "rain")
        await news.refresh()
        assert ear.heard == []
    await news.refresh()

    assert ear.heard == ["rain"]


async def test_what_is_undone_is_never_heard(database: Database, news: Revisions) -> None:
    ear = Ear(news)
    with pytest.raises(ZeroDivisionError):
        await _say_and_fail(database)
    await news.refresh()

    assert ear.heard == []


async def _say_and_fail(database: Database) -> None:
    async with database.transaction() as tx:
        await announce(tx, TOPIC, "never")
        raise ZeroDivisionError


async def test_news_is_not_told_again_and_again(database: Database, news: Revisions) -> None:
    ear = Ear(news)
    await _say(database, "rain")
    for _ in range(3):
        await news.refresh()

    assert ear.heard == ["rain"]


async def test_each_topic_has_its_own_listener(database: Database, news: Revisions) -> None:
    weather, tides = Ear(news), Ear(news, "tides")
    await _say(database, "rain")
    await _say(database, "high", topic="tides")
    await _say(database, "nobody listens", topic="other")
    await news.refresh()

    assert (weather.heard, tides.heard) == (["rain"], ["high"])
    async with database.transaction() as tx:
        await tx.run("delete from revisions where topic = 'other'")


async def test_a_late_commit_with_an_earlier_number_is_not_missed(
    services: Services, database: Database, news: Revisions
) -> None:
    """A begins first and commits last; its row has the lower id and the lower transaction."""
    ear = Ear(news)
    slow = await asyncpg.connect(services.addresses.database)
    frame = slow.transaction()
    await frame.start()
    await announce(Tx(slow), TOPIC, "slow")
    await _say(database, "quick")
    await news.refresh()
    assert ear.heard == ["quick"]

    await frame.commit()
    await slow.close()
    await news.refresh()

    assert set(ear.heard) == {"quick", "slow"}
    again = len(ear.heard)
    await news.refresh()
    assert len(ear.heard) == again


async def test_many_writers_at_once_are_all_heard(database: Database, news: Revisions) -> None:
    ear = Ear(news)
    done = asyncio.Event()

    async def read() -> None:
        while not done.is_set():
            await news.refresh()

    async def write(n: int) -> None:
        async with database.transaction() as tx:
            await announce(tx, TOPIC, str(n))
            await asyncio.sleep(n % 7 / 500)

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write(n) for n in range(200)))
    done.set()
    await reading
    await news.refresh()

    assert set(ear.heard) == {str(n) for n in range(200)}


async def test_news_inside_a_savepoint_is_heard(database: Database, news: Revisions) -> None:
    ear = Ear(news)
    async with database.transaction() as tx:
        async with tx.savepoint():
            await announce(tx, TOPIC, "kept")
        await _say(database, "beside")
        await news.refresh()
    await news.refresh()

    assert set(ear.heard) == {"kept", "beside"}


async def test_a_listener_that_fails_hears_the_news_again(
    database: Database, news: Revisions
) -> None:
    heard: list[str] = []

    async def stumble(subjects: list[str]) -> None:
        heard.extend(subjects)
        if len(heard) == 1:
            raise ZeroDivisionError

    news.listen(TOPIC, stumble)
    await _say(database, "rain")
    with pytest.raises(ZeroDivisionError):
        await news.refresh()
    await news.refresh()

    assert heard == ["rain", "rain"]


async def test_news_is_read_at_the_start_and_then_by_the_clock(
    database: Database, news: Revisions
) -> None:
    ear = Ear(news)
    await _say(database, "before")
    async with news.running():
        assert ear.heard == ["before"]
        await _say(database, "after")
        await until(lambda: "after" in ear.heard)


@pytest.mark.long
async def test_a_listener_that_fails_does_not_end_the_reading(
    database: Database, news: Revisions
) -> None:
    heard: list[str] = []

    async def stumble(subjects: list[str]) -> None:
        heard.extend(subjects)
        if len(heard) == 1:
            raise ZeroDivisionError

    async with news.running():
        news.listen(TOPIC, stumble)
        await _say(database, "rain")
        await until(lambda: len(heard) > 1)
        await _say(database, "snow")
        await until(lambda: "snow" in heard)


async def test_without_a_database_the_start_fails_in_plain_words() -> None:
    async with db.connect("postgresql://nobody@/none?host=/nowhere") as gone:
        with pytest.raises(Unavailable):
            async with Revisions(gone).running():
                pytest.fail("It can't know who is out.")


async def test_old_news_is_forgotten_and_young_news_kept(tx: Tx) -> None:
    for subject, age in (("old", KEPT_FOR), ("young", KEPT_FOR - timedelta(minutes=5))):
        sql = """
            insert into revisions (topic, subject, announced_at)
                 values ($1, $2, now() - $3::interval - interval '1 s')
        """
        await tx.run(sql, TOPIC, subject, age)
    await delete_old(tx)

    sql = "select subject from revisions where topic = $1"
    assert await tx.column(str, sql, TOPIC) == ["young"]


def test_news_is_kept_for_longer_than_an_access_token_lives() -> None:
    assert ACCESS_LIFETIME < KEPT_FOR
