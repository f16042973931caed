"""Personal data of relationships: export and erasure."""

from tests import make
from tests.domains.relationships.service_steps import add_crowd, member
from veza.domains.relationships import personal_data, service


async def test_the_export_contains_own_relations_only(tx):
    ann, bob, cleo, dora = [await member(tx) for _ in range(4)]
    await service.follow(tx, ann.member, bob.id)
    await service.mute(tx, ann.member, bob.id)
    await service.block(tx, ann.member, cleo.id)
    for doing in (service.follow, service.mute, service.block):
        await doing(tx, dora.member, ann.id)

    handed_out = await personal_data.export(tx, ann.id)
    assert [each.username for each in handed_out.following] == [bob.username]
    assert [each.username for each in handed_out.muted] == [bob.username]
    assert [each.username for each in handed_out.blocked] == [cleo.username]


async def test_the_export_contains_long_lists_completely(tx):
    ann = await member(tx)
    await add_crowd(tx, "follows", ann, 1_100)
    assert len((await personal_data.export(tx, ann.id)).following) == 1_100


async def test_erasing_corrects_the_counts_of_others(services, ann, bob, cleo, ensure_exact):
    await make.follows(services, ann, bob, cleo)
    await make.follows(services, bob, ann, cleo)
    await make.follows(services, cleo, ann)
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, ann.id)

    assert await ensure_exact(bob, cleo) == 1


async def test_erasing_a_suspended_member_leaves_the_counts_exact(
    services, ann, bob, cleo, work, ensure_exact
):
    await make.follows(services, ann, bob)
    await make.follows(services, bob, ann)
    await make.follows(services, cleo, bob)
    await make.suspended(services, ann)
    await work()
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, ann.id)

    assert await ensure_exact(bob, cleo) == 1
