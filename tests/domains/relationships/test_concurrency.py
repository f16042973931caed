"""Concurrent changes keep the counts exact and do not deadlock."""

import asyncio
from itertools import permutations
from random import Random

import pytest

from tests import make
from tests.support.waiting import until_somebody_waits
from veza.core.errors import NotFound, Unauthenticated
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.service import suspensions
from veza.domains.relationships import service
from veza.domains.relationships.errors import MemberBlocked
from veza.domains.relationships.jobs import recount_follows
from veza.domains.relationships.models import RecountFollows

DOINGS = (service.follow, service.follow, service.unfollow, service.block, service.unblock)


async def do(services, doing, one, other):
    async with services.database.transaction() as tx:
        return await doing(tx, one.member, other.id)


async def test_all_who_follow_somebody_at_once_are_counted(services, ann, ensure_exact):
    crowd = [await make.person(services) for _ in range(12)]
    states = await asyncio.gather(
        *(do(services, service.follow, person, ann) for person in crowd for _ in range(2))
    )

    assert await ensure_exact(ann, *crowd) == 12
    assert max(state.followers_count for state in states) == 12
    await asyncio.gather(*(do(services, service.unfollow, person, ann) for person in crowd))
    assert await ensure_exact(ann, *crowd) == 0


async def test_concurrent_mutual_follows_do_not_deadlock(services, ensure_exact):
    people = [await make.person(services) for _ in range(4)]
    for doing, count in ((service.follow, 12), (service.unfollow, 0)) * 3:
        await asyncio.gather(
            *(do(services, doing, one, other) for one, other in permutations(people, 2))
        )
        assert await ensure_exact(*people) == count


async def test_a_follow_during_a_block_is_refused(services, ann, bob, ensure_exact):
    async with services.database.transaction() as tx:
        await service.block(tx, bob.member, ann.id)
        following = asyncio.create_task(do(services, service.follow, ann, bob))
        await until_somebody_waits(services.database)
    with pytest.raises(UserNotFound):
        await following
    assert await ensure_exact(ann, bob) == 0


async def test_a_follow_during_a_suspension_is_refused(services, ann, bob):
    for suspended, error in ((ann, Unauthenticated), (bob, NotFound)):
        async with services.database.transaction() as tx:
            await suspensions.suspend(tx, suspended.id, "Enough.")
            following = asyncio.create_task(do(services, service.follow, ann, bob))
            await until_somebody_waits(services.database)
        with pytest.raises(error):
            await following
        await make.unsuspended(services, suspended)


@pytest.mark.long
async def test_the_counts_are_exact_after_much_at_once(services, work, ensure_exact):
    people = [await make.person(services) for _ in range(5)]
    chance = Random(4)

    async def live(person):
        for _ in range(15):
            other = chance.choice([each for each in people if each is not person])
            if chance.random() < 0.15:
                await change_standing(other)
                continue
            try:
                await do(services, chance.choice(DOINGS), person, other)
            except (UserNotFound, MemberBlocked, Unauthenticated):
                continue

    async def change_standing(person):
        async with services.database.transaction() as tx:
            if not await suspensions.suspend(tx, person.id, "Enough."):
                await suspensions.lift_suspension(tx, person.id)
        await recount_follows(services.database, RecountFollows(person.id))

    await asyncio.gather(*map(live, people))
    await work()
    await ensure_exact(*people)
