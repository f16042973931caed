"""The use cases of relationships: limits, events, and blocked pairs."""

import pytest

from tests.domains.relationships.service_steps import add_crowd, member
from tests.make import Person
from veza.core.errors import Unauthenticated
from veza.core.ids import UserId
from veza.domains.relationships import service
from veza.domains.relationships import shared_queries as relationship_queries
from veza.domains.relationships.errors import TooManyBlocked, TooManyFollowed, TooManyMuted
from veza.infra.postgres.database import Tx


async def announced(tx: Tx, follower: Person) -> list[dict]:
    sql = "select payload from outbox where name = 'UserFollowed' and payload->>'follower_id' = $1"
    return await tx.column(dict, sql, str(follower.id))


async def test_only_a_new_follow_is_announced(tx):
    ann, bob = await member(tx), await member(tx)
    await service.follow(tx, ann.member, bob.id)
    await service.follow(tx, ann.member, bob.id)

    assert await announced(tx, ann) == [{"follower_id": str(ann.id), "followed_id": str(bob.id)}]


@pytest.mark.long
@pytest.mark.parametrize(
    ("table", "do", "undo", "error"),
    [
        ("follows", service.follow, service.unfollow, TooManyFollowed),
        ("blocks", service.block, service.unblock, TooManyBlocked),
        ("mutes", service.mute, service.unmute, TooManyMuted),
    ],
)
async def test_relations_are_limited(tx, table, do, undo, error):
    ann, last, more = [await member(tx) for _ in range(3)]
    await add_crowd(tx, table, ann, service.MAX_RELATED - 1)

    await do(tx, ann.member, last.id)
    # What is so already needs no room.
    await do(tx, ann.member, last.id)
    with pytest.raises(error):
        await do(tx, ann.member, more.id)
    await undo(tx, ann.member, last.id)
    await do(tx, ann.member, more.id)


async def test_a_block_counts_in_either_direction(tx):
    ann, bob, cleo = [await member(tx) for _ in range(3)]
    await service.block(tx, ann.member, bob.id)

    assert await relationship_queries.are_blocked(tx, ann.id, bob.id)
    assert await relationship_queries.are_blocked(tx, bob.id, ann.id)
    assert not await relationship_queries.are_blocked(tx, ann.id, cleo.id)
    await service.unblock(tx, ann.member, bob.id)
    assert not await relationship_queries.are_blocked(tx, bob.id, ann.id)


async def test_mutual_blocks_are_independent(tx):
    ann, bob = await member(tx), await member(tx)
    await service.block(tx, ann.member, bob.id)
    await service.block(tx, bob.member, ann.id)
    await service.unblock(tx, ann.member, bob.id)

    assert await relationship_queries.are_blocked(tx, ann.id, bob.id)


async def test_an_erased_member_is_unauthenticated(tx):
    ann, bob = await member(tx), await member(tx)
    await tx.run("delete from users where id = $1", ann.id)
    with pytest.raises(Unauthenticated):
        await service.follow(tx, ann.member, UserId(bob.id))
