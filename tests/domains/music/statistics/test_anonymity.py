"""From the report of a play to what its artist sees: nobody can be identified."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests import make
from veza.core.access import Member, Role
from veza.core.addresses import network_of
from veza.core.ids import TrackId, UserId, new_id
from veza.core.listener_identity import identify_listener
from veza.core.play_source import PlayClient, PlayReport, PlaySource
from veza.domains.music.statistics import service
from veza.domains.music.statistics.jobs import count_statistics
from veza.domains.music.statistics.models import DateRange, Subject
from veza.domains.music.tracks import personal_data
from veza.domains.music.tracks.service import track_plays
from veza.infra.postgres.database import Database

type Play = Callable[[UserId], Awaitable[None]]

_BLOG = PlaySource(PlayClient.WEB, "blog.example")
_NOW = datetime.now(UTC)
_DAYS = DateRange(_NOW.date() - timedelta(days=1), _NOW.date() + timedelta(days=1))


@pytest.fixture
async def people(own_database: Database) -> list[Member]:
    async with own_database.transaction() as tx:
        return [(await make.member_in(tx, Role.CREATOR))[0] for _ in range(6)]


@pytest.fixture
async def track_id(own_database: Database, people: list[Member]) -> TrackId:
    async with own_database.transaction() as tx:
        return await make.bare_track(tx, people[0], "Night Ferry")


@pytest.fixture
def play(own_database: Database, track_id: TrackId) -> Play:
    """Report a play of the track by a member, from an address of their own."""

    async def report(user_id: UserId) -> None:
        listener = identify_listener(
            user_id, str(user_id), sign=lambda purpose, text: f"{hash((purpose, text))}", at=_NOW
        )
        async with own_database.transaction() as tx:
            state = await track_plays.report_play(tx, track_id, PlayReport(60), listener, _BLOG)
            assert state.counted

    return report


async def _show(database: Database, subject: Subject) -> tuple[int, int | None, list[object]]:
    await count_statistics(database)
    async with database.read() as conn:
        total = (await service.make_report(conn, subject, _DAYS)).total
        referrers = await service.list_referrers(conn, subject, _DAYS)
    return total.plays, total.listeners, [(one.client, one.host, one.plays) for one in referrers]


async def test_listeners_and_sites_are_shown_from_five_on(own_database, people, track_id, play):
    artist = Subject(people[0].id)
    track = Subject(people[0].id, track_id=track_id)
    for listener in people[1:5]:
        await play(listener.id)
    assert await _show(own_database, artist) == (4, None, [("other", None, 4)])
    assert await _show(own_database, track) == (4, None, [("other", None, 4)])

    await play(people[5].id)

    assert await _show(own_database, artist) == (5, 5, [("web", "blog.example", 5)])
    assert await _show(own_database, track) == (5, 5, [("web", "blog.example", 5)])


async def test_the_plays_of_an_erased_member_stay(own_database, people, track_id, play):
    for listener in people[1:]:
        await play(listener.id)
    before = await _show(own_database, Subject(people[0].id))

    async with own_database.transaction() as tx:
        await personal_data.erase(tx, people[1].id)

    assert await _show(own_database, Subject(people[0].id)) == before


def test_a_listener_has_another_digest_each_day():
    def sign(purpose: str, text: str) -> str:
        return f"{purpose} {text}"

    user_id = UserId(new_id())
    today = identify_listener(user_id, "192.0.2.7", sign=sign, at=_NOW)
    tomorrow = identify_listener(user_id, "192.0.2.7", sign=sign, at=_NOW + timedelta(days=1))
    elsewhere = identify_listener(user_id, "192.0.2.8", sign=sign, at=_NOW)
    nobody = identify_listener(None, "192.0.2.7", sign=sign, at=_NOW)

    assert today.daily == elsewhere.daily
    assert len({today.daily, tomorrow.daily, nobody.daily}) == 3
    assert nobody.daily is not None
    assert network_of("192.0.2.7") not in {nobody.network, nobody.daily}
