"""Two profiles become one: everybody follows it once, and blocks and mutes of both hold."""

from contextlib import suppress
from random import Random

import pytest

from tests import make
from veza.core.errors import VezaError
from veza.domains.relationships import service


async def relate(services, chance, people) -> None:
    """Create random follows, blocks and mutes between all members."""
    acts = [service.follow] * 6 + [service.block, service.mute]
    for _ in range(60):
        one, another = chance.sample(people, 2)
        with suppress(VezaError):
            async with services.database.transaction(recorded=False) as tx:
                await chance.choice(acts)(tx, one.member, another.id)


async def read(services, table: str, people) -> set[tuple[object, object]]:
    async with services.database.read() as conn:
        sql = f"select array[a, b] from (select * from {table}) as t (a, b) where a = any($1)"
        found = await conn.column(list[object], sql, [each.id for each in people])
        return {(a, b) for a, b in found}


@pytest.mark.parametrize("seed", range(3))
async def test_the_relations_of_both_are_those_of_one(client, services, ann, ensure_exact, seed):
    page, into = await make.page(services, ann), await make.page(services, ann)
    crowd = [await make.person(services) for _ in range(5)]
    # An account and its pages don't relate, so that it can act as them.
    both = [page.as_owner, into.as_owner]
    people = [*crowd, *both]
    await relate(services, Random(seed), people)
    before = {
        table: await read(services, table, people) for table in ("follows", "blocks", "mutes")
    }
    form = {"into": str(into.id)}
    merged = await client.post(f"profiles/{page.id}/merge", headers=ann.headers, json=form)
    assert merged.status_code == 200, merged.text

    def rename(pairs):
        renamed = {tuple(into.id if x == page.id else x for x in pair) for pair in pairs}
        return {(a, b) for a, b in renamed if a != b}

    blocks = rename(before["blocks"])
    assert await read(services, "blocks", people) == blocks
    assert await read(services, "mutes", people) == rename(before["mutes"])
    ended = blocks | {(b, a) for a, b in blocks}
    assert await read(services, "follows", people) == rename(before["follows"]) - ended
    await ensure_exact(into.as_owner, *crowd)
