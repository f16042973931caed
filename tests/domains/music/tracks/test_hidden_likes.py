"""Likes of suspended members are not counted while the suspension lasts."""

import asyncio
from random import Random

import pytest

from tests import make
from tests.domains.music.tracks.service_steps import until_somebody_waits
from veza.app.recounts import RecountMember, recount_member
from veza.core.errors import Unauthenticated
from veza.core.ids import UserId, new_id
from veza.domains.auth.accounts import service as accounts
from veza.domains.music.tracks import personal_data, service

# More tracks than a batch holds, all of which a member likes.
MANY_LIKED = """
    with made as (
        insert into tracks (id, owner_id, title, visibility, likes_count)
        select gen_random_uuid(), $1, n::text, 'private', 1 from generate_series(1, 1001) n
        returning id
    )
    insert into track_likes (track_id, user_id) select id, $2 from made
"""
# Tracks whose count differs from the likes of members who are not suspended.
WRONG_COUNTS = """
    select count(*)
      from tracks t
     where t.id = any($1)
       and t.likes_count <> (select count(*) from track_likes l
                               join users u on u.id = l.user_id
                              where l.track_id = t.id and u.suspended_at is null)
"""


async def like(services, track_id, person):
    async with services.database.transaction() as tx:
        return await service.like(tx, track_id, person.member)


async def likes_of(client, track_id):
    return (await client.get(f"tracks/{track_id}")).json()["data"]["likes_count"]


async def test_likes_of_suspended_members_are_not_counted(
    client, services, add, owner, other, work
):
    track_id = await add()
    for person in (owner, other):
        await like(services, track_id, person)

    await make.suspended(services, other)
    await work()
    assert await likes_of(client, track_id) == 1
    await make.unsuspended(services, other)
    await work()
    assert await likes_of(client, track_id) == 2


async def test_only_the_last_of_many_changes_counts_and_twice_is_the_same_as_once(
    client, services, add, other, work
):
    track_id = await add()
    await like(services, track_id, other)

    for _ in range(3):
        await make.suspended(services, other)
        await make.unsuspended(services, other)
    await make.suspended(services, other)
    await work()
    assert await likes_of(client, track_id) == 0

    # A late job of an earlier event, twice at once.
    jobs = (recount_member(services.database, RecountMember(other.id)) for _ in range(2))
    await asyncio.gather(*jobs)
    assert await likes_of(client, track_id) == 0


async def test_a_hidden_like_that_is_deleted_is_not_subtracted_again(
    client, services, add, owner, other, work
):
    track_id = await add()
    for person in (owner, other):
        await like(services, track_id, person)
    await make.suspended(services, other)
    await work()
    await make.unsuspended(services, other)

    # Before the recount.
    async with services.database.transaction() as tx:
        state = await service.unlike(tx, track_id, other.member)

    assert (state.liked, state.likes_count) == (False, 1)
    await work()
    assert await likes_of(client, track_id) == 1


async def test_a_deleted_member_is_not_recounted(services):
    await recount_member(services.database, RecountMember(UserId(new_id())))


async def test_more_likes_than_a_batch_holds_are_recounted(services, owner, other, count):
    async with services.database.transaction() as tx:
        await tx.run(MANY_LIKED, owner.id, other.id)
    counted = "select sum(likes_count)::integer from tracks where owner_id = $1"
    for change, expected in ((make.suspended, 0), (make.unsuspended, 1001)):
        await change(services, other)
        for _ in range(2):
            await recount_member(services.database, RecountMember(other.id))
            assert await count(counted, owner.id) == expected


async def test_a_member_who_likes_while_being_suspended_is_refused(services, add, other):
    track_id = await add()

    async with services.database.transaction() as tx:
        await accounts.suspend(tx, other.id, "Enough.")
        liking = asyncio.create_task(like(services, track_id, other))
        await until_somebody_waits(services.database)
    with pytest.raises(Unauthenticated):
        await liking


async def test_all_likes_are_exported_and_erased(tx):
    person, _ = await make.member_in(tx)
    artist, _ = await make.member_in(tx)
    await tx.run(MANY_LIKED, artist.id, person.id)

    exported = await personal_data.export(tx, person.id)
    assert len({activity.track_id for activity in exported.traces}) == 1001

    await personal_data.erase(tx, person.id)
    left = "select count(*) from tracks where owner_id = $1 and likes_count > 0"
    assert await tx.value(int, left, artist.id) == 0
    assert (await personal_data.export(tx, person.id)).traces == []


async def test_counts_are_exact_after_concurrent_changes(services, add, count):
    track_ids = [await add() for _ in range(3)]
    people = [await make.person(services) for _ in range(5)]

    await asyncio.gather(
        *(_live(services, person, track_ids, Random(n)) for n, person in enumerate(people))
    )
    await make.recounted(services)

    assert await count(WRONG_COUNTS, track_ids) == 0


async def _live(services, person, track_ids, chance):
    """Like, unlike, be suspended and come back, at random."""
    for _ in range(40):
        try:
            async with services.database.transaction() as tx:
                drawn, track_id = chance.random(), chance.choice(track_ids)
                if drawn < 0.6:
                    await service.like(tx, track_id, person.member)
                elif drawn < 0.85:
                    await service.unlike(tx, track_id, person.member)
                elif not await accounts.suspend(tx, person.id, "Enough."):
                    await accounts.lift_suspension(tx, person.id)
        except Unauthenticated:
            await make.unsuspended(services, person)
