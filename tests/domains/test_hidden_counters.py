"""Likes and comments of suspended members are not counted while the suspension lasts."""

import asyncio
from random import Random

import pytest

from tests import make
from tests.domains.music.track_comments.hidden_steps import TrackComments
from tests.domains.music.tracks.hidden_steps import TrackLikes
from tests.domains.social.post_comments.hidden_steps import PostComments
from tests.domains.social.posts.hidden_steps import PostLikes
from tests.support.waiting import deliver, until_somebody_waits
from veza.app.recounts import RecountMember, recount_member
from veza.core.access import Role
from veza.core.errors import Unauthenticated
from veza.core.ids import UserId, new_id
from veza.domains.auth.accounts.service import suspensions


@pytest.fixture
async def owner(services):
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def other(services):
    return await make.person(services)


@pytest.fixture(params=[TrackLikes, TrackComments, PostLikes, PostComments])
def counter(request, services, client, owner):
    return request.param(services, client, owner)


@pytest.fixture
async def thing(services, counter):
    async with services.database.transaction() as tx:
        return await counter.make_thing(tx)


@pytest.fixture
def act(services, counter, thing):
    """Have somebody do what is counted, committed."""

    async def do(person):
        async with services.database.transaction() as tx:
            return await counter.act(tx, thing, person)

    return do


async def test_what_suspended_members_did_is_not_counted(
    services, counter, thing, act, owner, other, work
):
    await act(owner)
    for _ in range(counter.per_member):
        await act(other)

    await make.suspended(services, other)
    await work()
    assert await counter.count(thing) == 1
    await make.unsuspended(services, other)
    await work()
    assert await counter.count(thing) == 1 + counter.per_member


@pytest.mark.long
async def test_only_the_last_of_many_changes_counts_and_twice_is_the_same_as_once(
    services, counter, thing, act, other, work
):
    await act(other)
    # What an earlier event ordered, late; and twice at once.
    job = RecountMember(other.id)

    for _ in range(3):
        await make.suspended(services, other)
        await make.unsuspended(services, other)
    for change, expected in ((make.suspended, 0), (make.unsuspended, 1)):
        await change(services, other)
        await work()
        assert await counter.count(thing) == expected
        await asyncio.gather(*(recount_member(services.database, job) for _ in range(2)))
        assert await counter.count(thing) == expected


async def test_what_is_hidden_and_undone_is_not_subtracted_again(
    services, counter, thing, act, owner, other, moderator, work
):
    await act(owner)
    done = [await act(other) for _ in range(counter.per_member)]
    await make.suspended(services, other)
    await work()
    if counter.is_own:
        # They can undo it again, before it is recounted.
        await make.unsuspended(services, other)

    async with services.database.transaction() as tx:
        await counter.undo(tx, thing, done[0], other if counter.is_own else moderator)

    assert await counter.count(thing) == 1
    await make.unsuspended(services, other)
    await work()
    assert await counter.count(thing) == counter.per_member


async def test_a_deleted_member_is_not_recounted(services):
    await recount_member(services.database, RecountMember(UserId(new_id())))


async def test_more_than_a_batch_is_recounted_and_twice_is_the_same_as_once(
    services, counter, other
):
    async with services.database.transaction() as tx:
        await counter.make_many(tx, other)
    hidden, shown = counter.many
    for change, expected in ((make.suspended, hidden), (make.unsuspended, shown)):
        await change(services, other)
        for _ in range(2):
            await recount_member(services.database, RecountMember(other.id))
            async with services.database.read() as conn:
                assert await counter.count_many(conn, other) == expected
    async with services.database.transaction() as tx:
        await counter.forget_many(tx)


async def test_a_member_who_acts_while_being_suspended_is_refused(services, act, other):
    async with services.database.transaction() as tx:
        await suspensions.suspend(tx, other.id, "Enough.")
        acting = asyncio.create_task(act(other))
        await until_somebody_waits(services.database)
    with pytest.raises(Unauthenticated):
        await acting


@pytest.mark.long
async def test_counts_are_exact_after_concurrent_changes(services, counter, work):
    async with services.database.transaction() as tx:
        things = [await counter.make_thing(tx) for _ in range(3)]
    people = [await make.person(services) for _ in range(5)]

    lives = [_live(counter, things, person, Random(n)) for n, person in enumerate(people)]
    await asyncio.gather(*lives, *(deliver(work) for _ in range(2)))
    await make.recounted(services)

    async with services.database.read() as conn:
        await counter.ensure_exact(conn, things, people)


async def _live(counter, things, person, chance):
    """Do and undo what is counted, be suspended and come back, at random."""
    database = counter.services.database
    for _ in range(40):
        try:
            async with database.transaction() as tx:
                if chance.random() < 0.85:
                    await counter.change(tx, things, person, chance)
                elif not await suspensions.suspend(tx, person.id, "Enough."):
                    await suspensions.lift_suspension(tx, person.id)
        except Unauthenticated:
            await make.unsuspended(counter.services, person)
        except counter.refusals:
            continue
