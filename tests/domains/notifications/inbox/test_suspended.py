"""Suspended actors are neither named nor counted."""

import asyncio
from random import Random

import pytest

from tests import make
from tests.support.waiting import deliver
from veza.app.recounts import RecountMember, recount_member
from veza.domains.auth.accounts.service import suspensions
from veza.domains.music.tracks.events import TrackLiked
from veza.domains.notifications.inbox import personal_data
from veza.infra.jobs.outbox import emit

# What the count says, and what the rows say.
COUNTS = """
    select array[n.actors_count,
                 (select count(*) from notification_actors a
                    join users u on u.id = a.actor_id
                   where a.notification_id = n.id and u.suspended_at is null)]
      from notifications n
     where n.user_id = $1
"""


async def test_suspended_actors_are_unnamed_at_once_and_uncounted_soon(
    services, act, told, artist, fan, other, track_id, work
):
    for liker in (fan, other):
        await act(liker, "POST", f"tracks/{track_id}/like")
        await make.delivered(services)

    await make.suspended(services, other)
    [one] = (await act(artist, "GET", "notifications"))["notifications"]
    assert [actor["id"] for actor in one["actors"]] == [str(fan.id)]
    await work()
    assert await told(artist) == [("track_like", [fan.username], 1)]

    await make.unsuspended(services, other)
    await work()
    assert await told(artist) == [("track_like", [other.username, fan.username], 2)]


async def test_a_notification_without_other_actors_is_hidden(
    services, act, see, told, artist, fan, other, track_id, work
):
    await act(fan, "POST", f"tracks/{track_id}/like")
    await act(fan, "POST", f"tracks/{track_id}/comments", content="Mine!")
    assert (await see(artist))["unread_count"] == 2

    await make.suspended(services, fan)
    page = await act(artist, "GET", "notifications")
    assert (page["notifications"], page["unread_count"]) == ([], 0)

    await work()
    await act(other, "POST", f"tracks/{track_id}/like")
    assert await told(artist) == [("track_like", [other.username], 1)]
    await make.unsuspended(services, fan)
    await work()
    assert (await told(artist))[0] == ("track_like", [other.username, fan.username], 2)
    assert (await see(artist))["unread_count"] == 2


async def test_a_recount_uses_the_present_state_and_twice_is_the_same_as_once(
    services, act, told, artist, fan, other, track_id, work
):
    for liker in (fan, other):
        await act(liker, "POST", f"tracks/{track_id}/like")
    await make.delivered(services)
    await make.suspended(services, fan)
    await make.delivered(services)

    # What an earlier event ordered, late; and twice at once.
    await work()
    job = RecountMember(fan.id)
    await asyncio.gather(*(recount_member(services.database, job) for _ in range(2)))

    assert await told(artist) == [("track_like", [other.username], 1)]


async def test_more_than_a_batch_is_recounted_and_twice_is_the_same_as_once(
    services, artist, fan, other
):
    async with services.database.transaction() as tx:
        await tx.run(_MANY, artist.id, fan.id, other.id)
    counted = "select sum(actors_count)::int from notifications where user_id = $1"

    for change, expected in ((make.suspended, 1_200), (make.unsuspended, 2_400)):
        await change(services, fan)
        for _ in range(2):
            await recount_member(services.database, RecountMember(fan.id))
            async with services.database.read() as conn:
                assert await conn.value(int, counted, artist.id) == expected


async def test_more_than_a_batch_is_erased(tx):
    actor, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    member, _ = await make.member_in(tx)
    await tx.run(_MANY, member.id, actor.id, other.id)
    counted = "select sum(actors_count)::int from notifications where user_id = $1"

    await personal_data.erase(tx, actor.id)
    assert await tx.value(int, counted, member.id) == 1_200
    await personal_data.erase(tx, other.id)
    assert (
        await tx.value(int, "select count(*) from notifications where user_id = $1", member.id) == 0
    )


_MANY = """
    with told as (
        insert into notifications (id, user_id, kind, subject_id, actors_count, told_at)
             select gen_random_uuid(), $1, 'follow', gen_random_uuid(), 2, now()
               from generate_series(1, 1200)
          returning id
    )
    insert into notification_actors (notification_id, actor_id, acted_at)
         select told.id, a.id, now() from told, unnest(array[$2::uuid, $3::uuid]) as a (id)
"""


@pytest.mark.long
async def test_counts_are_exact_after_concurrent_changes(services, artist, work):
    async with services.database.transaction() as tx:
        tracks = [await make.bare_track(tx, artist.member, "Ferry") for _ in range(3)]
    people = [await make.person(services) for _ in range(4)]
    chance = Random(3)

    async def live(person):
        for _ in range(12):
            async with services.database.transaction() as tx:
                if chance.random() < 0.6:
                    await emit(tx, TrackLiked(chance.choice(tracks), person.id, artist.id))
                elif not await suspensions.suspend(tx, person.id, "Enough."):
                    await suspensions.lift_suspension(tx, person.id)

    await asyncio.gather(*map(live, people), *(deliver(work) for _ in range(3)))
    await make.recounted(services)

    async with services.database.read() as conn:
        rows = await conn.column(list[int], COUNTS, artist.id)
    assert rows
    assert all(counted == shown for counted, shown in rows), rows
