"""Comments of suspended members are neither listed nor counted."""

import asyncio
from random import Random

import pytest

from tests import make
from tests.domains.music.track_comments.routes_steps import comment, count_shown
from tests.domains.music.track_comments.service_steps import MANY_TRACKS
from tests.domains.music.tracks.service_steps import until_somebody_waits
from veza.app.recounts import RecountMember, recount_member
from veza.core.access import Role
from veza.core.errors import Unauthenticated, Unavailable
from veza.core.ids import UserId, new_id
from veza.domains.auth.accounts import service as accounts
from veza.domains.music.track_comments import personal_data, service
from veza.domains.music.track_comments.models import CommentForm

# What the count says, and what the rows say.
COUNTS = """
    select array[t.comments_count,
                 (select count(*) from track_comments c
                    join users u on u.id = c.author_id
                   where c.track_id = t.id and u.suspended_at is null)]
      from tracks t
     where t.id = any($1)
     order by t.id
"""


async def said(client, track_id):
    answer = await client.get(f"tracks/{track_id}/comments")
    assert answer.status_code == 200
    return [entry["content"] for entry in answer.json()["data"]["comments"]]


async def test_comments_of_suspended_members_are_hidden_at_once_and_uncounted_soon(
    client, services, add, other, owner, work
):
    track_id = await add()
    await comment(client, track_id, owner, content="Mine")
    for n in range(3):
        await comment(client, track_id, other, content=f"Theirs {n}")

    await make.suspended(services, other)
    assert await said(client, track_id) == ["Mine"]
    await work()
    assert await count_shown(client, track_id) == 1

    await make.unsuspended(services, other)
    assert len(await said(client, track_id)) == 4
    await work()
    assert await count_shown(client, track_id) == 4


async def test_only_the_last_of_many_changes_counts_and_twice_is_the_same_as_once(
    client, services, add, other, work
):
    track_id = await add()
    await comment(client, track_id, other)

    for _ in range(3):
        await make.suspended(services, other)
        await make.unsuspended(services, other)
    await make.suspended(services, other)
    await work()
    assert await count_shown(client, track_id) == 0

    # What an earlier event ordered, late; and twice at once.
    job = RecountMember(other.id)
    await asyncio.gather(*(recount_member(services.database, job) for _ in range(2)))
    assert await count_shown(client, track_id) == 0


async def test_a_hidden_comment_that_is_deleted_is_not_subtracted_again(
    client, services, add, other, owner, moderator, work
):
    track_id = await add()
    hidden = [(await comment(client, track_id, other)).json()["data"]["id"] for _ in range(2)]
    await comment(client, track_id, owner)
    await make.suspended(services, other)
    await work()

    path = f"tracks/{track_id}/comments/{hidden[0]}"
    assert (await client.delete(path, headers=moderator.headers)).status_code == 200
    assert await count_shown(client, track_id) == 1
    await make.unsuspended(services, other)
    await work()
    assert await count_shown(client, track_id) == 2


async def test_erasing_a_suspended_member_leaves_the_counts_exact(
    client, services, add, other, owner, work
):
    track_id = await add()
    await comment(client, track_id, other)
    await comment(client, track_id, owner)
    await make.suspended(services, other)
    await work()

    async with services.database.transaction() as tx:
        await personal_data.erase(tx, other.id)
    assert await count_shown(client, track_id) == 1


async def test_more_than_a_batch_is_recounted_and_twice_is_the_same_as_once(services, other):
    artist = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        await tx.run(MANY_TRACKS, artist.id, other.id)
    counted = "select sum(comments_count)::int from tracks where owner_id = $1"

    for change, expected in ((make.suspended, 0), (make.unsuspended, 1200)):
        await change(services, other)
        for _ in range(2):
            await recount_member(services.database, RecountMember(other.id))
            async with services.database.read() as conn:
                assert await conn.value(int, counted, artist.id) == expected


async def test_a_deleted_member_is_not_recounted(services):
    job = RecountMember(UserId(new_id()))
    await recount_member(services.database, job)


async def test_a_member_who_comments_while_being_suspended_is_refused(services, add, other):
    track_id = await add()

    async def speak():
        async with services.database.transaction() as tx:
            await service.comment(tx, track_id, other.member, CommentForm("One more thing"))

    async with services.database.transaction() as tx:
        await accounts.suspend(tx, other.id, "Enough.")
        speaking = asyncio.create_task(speak())
        await until_somebody_waits(services.database)
    with pytest.raises(Unauthenticated):
        await speaking


@pytest.mark.long
async def test_counts_are_exact_after_concurrent_changes(services, add, work):
    tracks = [await add() for _ in range(3)]
    people = [await make.person(services) for _ in range(4)]
    chance = Random(3)

    async def live(person):
        for _ in range(12):
            async with services.database.transaction() as tx:
                if chance.random() < 0.7:
                    await service.comment(
                        tx, chance.choice(tracks), person.member, CommentForm("!")
                    )
                elif not await accounts.suspend(tx, person.id, "Enough."):
                    await accounts.lift_suspension(tx, person.id)

    async def live_on(person):
        while True:
            try:
                return await live(person)
            except Unauthenticated:
                await make.unsuspended(services, person)

    await asyncio.gather(*map(live_on, people), *(_deliver(work) for _ in range(2)))
    await make.recounted(services)

    async with services.database.read() as conn:
        rows = await conn.column(list[int], COUNTS, tracks)
    assert all(counted == shown for counted, shown in rows), rows


async def _deliver(work):
    """Deliver events and run jobs, and retry after a deadlock as the worker does."""
    while True:
        try:
            return await work()
        except Unavailable:
            continue
