"""Tips and memberships of a profile are split by what it and its parties agreed on."""

import asyncio

import pytest

from tests import make
from tests.support.locks import ensure_waits
from veza.app.domains import PERSONAL_DATA
from veza.core.errors import Unauthenticated
from veza.core.ids import new_id
from veza.core.profiles import ProfileRole
from veza.domains.marketplace.splits import service, shared_queries
from veza.domains.marketplace.splits.models import SplitForm, SplitPartForm, SplitTarget
from veza.domains.privacy import service as privacy


def refusal(response):
    return response.status_code, response.json()["code"]


def held(parts):
    return {part["profile_id"]: part["parts_per_10000"] for part in parts}


@pytest.fixture
def read_parts(services):
    """The parts by which the support of profiles is split now: `await read_parts(page, …)`."""

    async def read(*profiles):
        async with services.database.transaction() as tx:
            found = await service.lock_support_parts(tx, [each.id for each in profiles])
        return [
            {part.profile_id: part.parts_per_10000 for part in found[each.id]} for each in profiles
        ]

    return read


@pytest.fixture
def erase(services):
    async def leave(person):
        async with services.database.transaction() as tx:
            await privacy.erase(tx, PERSONAL_DATA, person.id)

    return leave


async def own_splits(agreement, who):
    response = await agreement.send("get", "marketplace/splits", who)
    return [
        (one["profile_id"], one["title"], one["own_parts"], one["proposed_parts"])
        for one in response.json()["data"]["splits"]
    ]


async def test_support_is_the_profiles_own_until_all_have_accepted(support, read_parts):
    page, ben, cat = support.owner, support.ben, support.cat
    assert held((await support.show())["parts"]) == {str(page.id): 10_000}
    name = (await support.show())["parts"][0]["profile"]["display_name"]

    proposed = await support.propose(5000, 3000, 2000)
    assert set(proposed["proposal"]["awaited"]) == {str(ben.id), str(cat.id)}
    assert await own_splits(support, ben) == [(str(page.id), name, 0, 3000)]
    assert await own_splits(support, page) == [(str(page.id), name, 10_000, 5000)]
    await support.accept(ben)
    assert await read_parts(page, ben) == [{page.id: 10_000}, {ben.id: 10_000}]

    splits = await support.accept(cat)
    assert (splits["proposal"], splits["is_inherited"]) == (None, False)
    assert await read_parts(page) == [{page.id: 5000, ben.id: 3000, cat.id: 2000}]
    assert await own_splits(support, cat) == [(str(page.id), name, 2000, None)]

    # Who loses their part is asked; what held before is shown to those who had one.
    assert (await support.propose(8000, 0, 2000))["proposal"]["awaited"] == [str(ben.id)]
    assert (await support.answer(ben, "decline")).status_code == 200
    assert refusal(await support.answer(ben)) == (409, "split_changed")
    await support.propose(8000, 0, 2000)
    await support.accept(ben)
    assert await read_parts(page) == [{page.id: 8000, cat.id: 2000}]
    [former] = (await support.show(cat))["former"]
    assert held(former["parts"]) == {str(page.id): 5000, str(ben.id): 3000, str(cat.id): 2000}


async def test_only_the_profile_itself_proposes_and_who_may_see_to_its_money(
    support, services, people
):
    page, path = support.owner, support.path
    owner, ben, _ = people
    form = {"parts": support.parts(5000, 5000)}
    await support.propose(5000, 5000)
    # Ben is a party, and the owner acts as themself.
    for who in (ben, owner):
        assert refusal(await support.put(1, 9999, by=who)) == (403, "not_your_profile")
    assert refusal(await support.send("get", path, owner)) == (404, "split_not_found")
    for role, status in ((ProfileRole.EDITOR, 403), (ProfileRole.FINANCE, 200)):
        member = await make.person(services)
        await make.role_in(services, page, member, role)
        headers = page.headers_of(member)
        assert (await support.client.get(path, headers=headers)).status_code == status
        proposed = await support.client.put(path, headers=headers, json=form)
        assert proposed.status_code == status
    missing = f"marketplace/profiles/{new_id()}/splits"
    assert refusal(await support.send("get", missing, page)) == (404, "split_not_found")
    assert refusal(await support.send("put", missing, page, form))[0] == 404
    # A personal profile needs no page.
    own = f"marketplace/profiles/{ben.id}/splits"
    parts = [{"profile_id": str(page.id), "parts_per_10000": 10_000}]
    assert (await support.send("put", own, ben, {"parts": parts})).status_code == 200
    accepted = await support.send("post", f"{own}/accept", page)
    assert held(accepted.json()["data"]["parts"]) == {str(page.id): 10_000}


async def test_proposals_and_answers_at_once_leave_one_version(support, read_parts):
    sql = """
        select count(*) filter (where status = 'accepted') <= 1
               and count(*) filter (where status in ('proposed', 'declined')) <= 1
          from splits
         where profile_id = $1
    """
    for n in range(1, 4):
        await support.propose(5000, 3000 + n, 2000 - n)
        answers = await asyncio.gather(
            support.answer(support.ben),
            support.answer(support.cat),
            support.put(4000, 3000, 3000),
            support.put(4000, 4000, 2000),
            support.answer(support.ben, "decline"),
            support.answer(support.cat),
            read_parts(support.owner, support.ben),
        )
        assert {answer.status_code for answer in answers[:-1]} <= {200, 404, 409}
        async with support.database.read() as conn:
            assert await conn.value(bool, sql, support.owner.id)
    await support.propose(1000, 1000, 8000)
    await support.accept(support.ben, support.cat)
    assert sum((await read_parts(support.owner))[0].values()) == 10_000


async def test_the_part_of_an_erased_party_is_the_profiles(support, read_parts, erase):
    page, ben, cat = support.owner, support.ben, support.cat
    await support.propose(0, 8000, 2000)
    await support.accept(ben, cat)
    await support.propose(1000, 7000, 2000)
    await erase(ben)

    splits = await support.show()
    assert splits["proposal"] is None
    assert [part["profile_id"] for part in splits["parts"]] == [None, str(cat.id)]
    assert await read_parts(page) == [{cat.id: 2000, page.id: 8000}]


async def test_an_erased_profile_has_no_support_to_split(support, services, erase):
    page, ben = support.owner, support.ben
    await support.propose(5000, 5000)
    await support.accept(ben)
    await erase(page)

    assert await own_splits(support, ben) == []
    async with services.database.transaction() as tx:
        assert await service.lock_support_parts(tx, [page.id]) == {}
        target = SplitTarget(profile_id=page.id)
        form = SplitForm([SplitPartForm(ben.id, 10_000)])
        with pytest.raises(Unauthenticated):
            await service.propose(tx, target, page.as_owner.member, form)


@pytest.mark.parametrize("has_own", [False, True])
async def test_with_a_merge_support_is_split_as_it_was_or_as_that_of_the_page(
    support, services, client, people, read_parts, *, has_own
):
    owner, ben, cat = people
    into = await make.page(services, owner)
    await support.propose(4000, 6000)
    await support.accept(ben)
    if has_own:
        path = f"marketplace/profiles/{into.id}/splits"
        parts = [{"profile_id": str(cat.id), "parts_per_10000": 10_000}]
        assert (await support.send("put", path, into, {"parts": parts})).status_code == 200
        assert (await support.send("post", f"{path}/accept", cat)).status_code == 200
    merged = await client.post(
        f"profiles/{support.owner.id}/merge", headers=owner.headers, json={"into": str(into.id)}
    )
    assert merged.status_code == 200, merged.text

    expected = {cat.id: 10_000} if has_own else {into.id: 4000, ben.id: 6000}
    assert await read_parts(into) == [expected]
    assert len(await own_splits(support, ben)) == (not has_own)


async def test_profiles_and_parties_are_locked_before_an_order(support, services, people):
    await support.propose(4000, 6000)
    await support.accept(support.ben)
    page = support.owner
    for lock in (
        lambda tx: service.lock_support_parts(tx, [page.id]),
        lambda tx: shared_queries.lock_parties_of(tx, [], profile_ids=[page.id]),
    ):
        for who in (page, support.ben):
            await ensure_waits(services.database, lock, "users", who.id, strength="update")
