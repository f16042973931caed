"""Suspended members are neither listed nor counted."""

from tests import make
from tests.domains.relationships.routes_steps import told
from tests.domains.relationships.service_steps import add_crowd
from veza.core.ids import UserId, new_id
from veza.domains.relationships.jobs import recount_follows
from veza.domains.relationships.models import RecountFollows


async def count_of(client, person):
    profile = await told(client, f"users/{person.username}")
    return profile["followers_count"], profile["following_count"]


async def test_suspended_members_are_neither_listed_nor_counted(
    client, services, ann, bob, cleo, work
):
    await make.follows(services, ann, bob, cleo)
    await make.follows(services, bob, ann)
    await make.follows(services, cleo, bob)

    await make.suspended(services, ann)
    assert len((await told(client, f"users/{bob.username}/followers"))["users"]) == 1
    assert (await told(client, f"users/{bob.username}/following"))["users"] == []
    await work()
    assert await count_of(client, bob) == (1, 0)
    assert await count_of(client, cleo) == (0, 1)

    await make.unsuspended(services, ann)
    await work()
    assert await count_of(client, ann) == (1, 2)
    assert await count_of(client, bob) == (2, 1)
    assert await count_of(client, cleo) == (1, 1)


async def test_two_who_are_suspended_are_both_counted_again(
    client, services, ann, bob, work, ensure_exact
):
    await make.follows(services, ann, bob)
    for person in (ann, bob):
        await make.suspended(services, person)
        await work()
    await ensure_exact(ann, bob)
    for person in (ann, bob):
        await make.unsuspended(services, person)
        await work()
    assert await ensure_exact(ann, bob) == 1


async def test_unfollowing_a_hidden_member_does_not_change_counts_twice(
    services, ann, bob, cleo, work, ensure_exact
):
    await make.follows(services, ann, bob)
    await make.follows(services, cleo, bob)
    await make.suspended(services, ann)
    await work()
    # Not by the member themselves, who is out: a block by the other ends the follow too.
    await make.unsuspended(services, ann)
    await make.blocks(services, bob, ann)
    await work()

    assert await ensure_exact(ann, bob, cleo) == 1


async def test_suspended_members_are_not_in_lists_of_blocks_and_mutes(client, services, ann, bob):
    await make.blocks(services, ann, bob)
    await make.mutes(services, ann, bob)
    await make.suspended(services, bob)

    for path in ("users/me/blocks", "users/me/mutes"):
        assert (await told(client, path, ann))["users"] == []


async def test_recounts_span_several_batches_and_can_be_repeated(services, ann, ensure_exact):
    size = 1_200
    async with services.database.transaction() as tx:
        await add_crowd(tx, "follows", ann, size)
        await tx.run(
            """
            insert into follow_counts
                 select followed_id, 1, 0 from follows where follower_id = $1
              union all
                 select $1, 0, $2
            """,
            *(ann.id, size),
        )
    counted = """
        select sum(c.followers_count)::int
          from follows f
          join follow_counts c on c.user_id = f.followed_id
         where f.follower_id = $1
    """
    for change, expected in ((make.suspended, 0), (make.unsuspended, size)):
        await change(services, ann)
        for _ in range(2):
            await recount_follows(services.database, RecountFollows(ann.id))
        async with services.database.read() as conn:
            assert await conn.value(int, counted, ann.id) == expected
    await ensure_exact(ann)


async def test_an_erased_member_is_not_recounted(services):
    await recount_follows(services.database, RecountFollows(UserId(new_id())))
