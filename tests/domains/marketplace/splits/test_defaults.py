"""The default split of a profile is proposed for what it makes, and holds once it is accepted."""

import pytest

from tests import make
from veza.core.profiles import ProfileRole
from veza.domains.marketplace.splits import service
from veza.domains.marketplace.splits.models import SplitTarget
from veza.domains.marketplace.splits.queries import versions as queries


@pytest.fixture
async def page(services, people):
    return await make.page(services, people[0])


@pytest.fixture
def put(client, page, people):
    """Set the default split of the page: `await put({ben: 4000, …})`."""

    async def change(parts, *, by=people[0]):
        form = [{"profile_id": str(who.id), "parts_per_10000": part} for who, part in parts.items()]
        path = f"profiles/{page.id}/default-split"
        return await client.put(path, headers=by.headers, json={"parts": form})

    return change


@pytest.fixture
def create(client, page, work):
    """Make a product or a release of the page, and have the worker do its part."""

    async def add(path, **form):
        made = await client.post(path, headers=page.headers, json={"title": "Ferry"} | form)
        assert made.status_code == 201, made.text
        await work()
        return made.json()["data"]["id"]

    return add


async def shown(client, who, path):
    answer = await client.get(f"{path}/splits", headers=who.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def held(parts):
    return {part["profile_id"]: part["parts_per_10000"] for part in parts}


@pytest.mark.long
async def test_each_new_product_and_release_gets_a_proposal(client, page, people, put, create):
    _, ben, cat = people
    before = await create("releases", kind="single")
    parts = {ben: 3000, cat: 7000}
    stored = await put(parts)
    assert stored.status_code == 200, stored.text
    expected = {str(who.id): part for who, part in parts.items()}
    assert held(stored.json()["data"]["parts"]) == expected
    again = await client.get(f"profiles/{page.id}/default-split", headers=people[0].headers)
    assert again.json()["data"] == stored.json()["data"]

    release = await create("releases", kind="single")
    product = await create("marketplace/products", type="preset", price_cents=900)
    for path in (f"releases/{release}", f"marketplace/products/{product}"):
        splits = await shown(client, ben, path)
        assert held(splits["proposal"]["parts"]) == expected
        assert set(splits["proposal"]["awaited"]) == {str(ben.id), str(cat.id)}
        assert held(splits["parts"]) == {str(page.id): 10_000}
        for who in (ben, cat):
            accepted = await client.post(f"{path}/splits/accept", headers=who.headers)
            assert accepted.status_code == 200, accepted.text
        assert held((await shown(client, ben, path))["parts"]) == expected
    # A product that is a release has its split, and what was there before keeps its own.
    of_release = await create(
        "marketplace/products", type="album", price_cents=900, release_id=release
    )
    splits = await shown(client, ben, f"marketplace/products/{of_release}")
    assert (splits["proposal"], splits["is_inherited"]) == (None, True)
    for path in (f"releases/{before}", f"marketplace/products/{of_release}"):
        assert (await shown(client, page, path))["proposal"] is None

    assert (await put({})).json()["data"]["parts"] == []
    after = await create("releases", kind="single")
    assert (await shown(client, page, f"releases/{after}"))["proposal"] is None


async def test_the_default_is_of_who_handles_the_money(client, services, page, people, put):
    owner, ben, cat = people
    for role, status in ((ProfileRole.MANAGER, 403), (ProfileRole.FINANCE, 200)):
        who = await make.person(services)
        await make.role_in(services, page, who, role)
        assert (await put({ben: 10_000}, by=who)).status_code == status
        seen = await client.get(f"profiles/{page.id}/default-split", headers=who.headers)
        assert seen.status_code == status
    assert (await put({ben: 10_000}, by=page)).status_code == 200
    await make.blocks(services, cat, page.as_owner)
    for parts in ({ben: 9999}, {cat: 10_000}, {owner: 5000, cat: 5000}):
        assert (await put(parts)).json()["code"] == "invalid_input"


async def test_who_is_gone_or_blocked_has_no_part(services, page, people, put):
    owner, ben, cat = people
    assert (await put({ben: 3000, cat: 5000, owner: 2000})).status_code == 200
    await make.blocks(services, cat, page.as_owner)
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("delete from default_split_parts where party_id = $1", owner.id)
        release = await make.release(tx, page.as_owner.member, "Ferry")
        target = SplitTarget(release_id=release)
        for _ in range(2):
            await service.propose_default(tx, target, page.id)
        proposal = await queries.find_open(tx, target)
        assert {part.profile_id: part.parts_per_10000 for part in proposal.parts} == {
            ben.id: 3000,
            page.id: 7000,
        }
        # Of another owner, and of what is gone, there is nothing to propose.
        other = SplitTarget(release_id=await make.release(tx, cat.member, "Not theirs"))
        await service.propose_default(tx, other, page.id)
        assert await queries.find_open(tx, other) is None
        await tx.run("delete from releases where id = $1", release)
        await service.propose_default(tx, target, page.id)
