"""Plays that were heard without a network, and are reported later with their time."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import make
from veza.domains.music.tracks.queries import late_plays

HISTORY = """
    select array[plays_count, extract(day from now() - first_played_at)::integer,
                 extract(day from now() - last_played_at)::integer]
      from track_history
     where user_id = $1 and track_id = $2
"""


@pytest.fixture
async def track(add):
    return await add(duration_ms=180_000)


@pytest.fixture
async def listener(services):
    """Return a member who is here since a month."""
    person = await make.person(services)
    async with services.database.transaction() as tx:
        sql = "update users set created_at = now() - interval '30 days' where id = $1"
        await tx.run(sql, person.id)
    return person


@pytest.fixture
def play(client, track):
    async def report(person, ago, of=track, **form):
        at = datetime.now(UTC) - ago
        body = {"listened_seconds": 180, "played_at": at.isoformat()} | form
        answer = await client.post(
            f"tracks/{of}/plays", json=body, headers=person.headers if person else {}
        )
        return answer.json()["data"] if answer.status_code == 200 else answer.status_code

    return report


async def test_each_play_counts_once_at_its_time(client, services, play, track, listener):
    hour, day = timedelta(hours=1), timedelta(days=1)
    counted = [
        (await play(listener, ago))["counted"]
        for ago in (3 * day, 3 * day, 3 * day + hour / 3, 3 * day + hour, hour / 3, 10 * day)
    ]
    assert counted == [True, False, False, True, True, True]
    # What is played now is compared with what was reported late.
    now = {"listened_seconds": 180}
    path = f"tracks/{track}/plays"
    answer = await client.post(path, json=now, headers=listener.headers)
    assert answer.json()["data"] == {"counted": False, "plays_count": 4}
    async with services.database.read() as conn:
        assert await conn.value(list[int], HISTORY, listener.id, track) == [4, 10, 0]


async def test_what_was_reported_in_time_does_not_count_again_later(
    client, play, add, track, listener
):
    path = f"tracks/{track}/plays"
    await client.post(path, json={"listened_seconds": 180}, headers=listener.headers)

    assert (await play(listener, timedelta(minutes=10)))["counted"] is False
    assert (await play(listener, timedelta(minutes=40)))["counted"] is True
    another = await add(duration_ms=180_000)
    assert (await play(listener, timedelta(minutes=10), of=another))["counted"] is True


async def test_only_plays_of_members_of_the_last_two_weeks_count(services, play, listener):
    newcomer = await make.person(services)
    day = timedelta(days=1)

    assert (await play(listener, 14 * day - timedelta(minutes=1)))["counted"] is True
    assert (await play(listener, 14 * day + timedelta(minutes=1)))["counted"] is False
    assert (await play(None, day))["counted"] is False
    assert (await play(newcomer, day))["counted"] is False
    assert (await play(listener, -timedelta(minutes=4)))["counted"] is True
    assert await play(listener, -timedelta(minutes=6)) == 400
    assert (await play(listener, day, listened_seconds=20))["counted"] is False


async def test_a_member_reports_so_many_late(services, monkeypatch, play, listener):
    monkeypatch.setattr(late_plays, "MAX_LATE_PLAYS", 2)

    counted = [(await play(listener, timedelta(days=n)))["counted"] for n in (1, 2, 3)]

    assert counted == [True, True, False]
