"""A version holds once all who gain or lose by it have accepted it, and nobody else decides."""

import asyncio
from uuid import uuid4

import pytest

from tests import make
from veza.app.domains import PERSONAL_DATA
from veza.core.profiles import ProfileRole
from veza.domains.privacy import service as privacy


def refusal(response):
    return response.status_code, response.json()["code"]


def held(splits):
    return [part["parts_per_10000"] for part in splits["parts"]]


async def test_without_an_agreement_all_is_the_owners(agreement):
    splits = await agreement.show()

    [part] = splits["parts"]
    assert (splits["id"], splits["proposal"], splits["is_inherited"]) == (None, None, False)
    assert (part["profile_id"], part["parts_per_10000"]) == (str(agreement.owner.id), 10_000)
    assert part["profile"]["username"] == agreement.owner.username
    assert "your balance is negative" in splits["rule"]


async def test_a_version_holds_once_all_who_gain_or_lose_have_accepted(agreement):
    proposed = await agreement.propose(5000, 3000, 2000)
    awaited = {str(agreement.ben.id), str(agreement.cat.id)}
    assert set(proposed["proposal"]["awaited"]) == awaited
    assert held(proposed) == [10_000]
    assert held(await agreement.accept(agreement.ben)) == [10_000]

    splits = await agreement.accept(agreement.cat)

    assert (held(splits), splits["proposal"]) == ([5000, 3000, 2000], None)
    assert splits["id"] == proposed["proposal"]["id"]


async def test_who_loses_their_part_has_to_accept_and_who_keeps_it_has_not(agreement):
    await agreement.propose(5000, 3000, 2000)
    await agreement.accept(agreement.ben, agreement.cat)

    proposed = await agreement.propose(8000, 0, 2000)
    assert proposed["proposal"]["awaited"] == [str(agreement.ben.id)]
    assert held(await agreement.accept(agreement.cat)) == [5000, 3000, 2000]

    assert held(await agreement.accept(agreement.ben)) == [8000, 2000]


async def test_former_versions_are_shown_to_the_owner_and_to_those_who_had_a_part(agreement):
    await agreement.propose(5000, 0, 5000)
    await agreement.accept(agreement.cat)
    assert (await agreement.show())["former"] == []
    await agreement.propose(6000, 2000, 2000)
    splits = await agreement.accept(agreement.ben, agreement.cat)
    assert [held(each) for each in splits["former"]] == [[5000, 5000]]
    await agreement.propose(5000, 5000)
    await agreement.accept(agreement.cat, agreement.ben)

    splits = await agreement.show()
    assert [held(each) for each in splits["former"]] == [[6000, 2000, 2000], [5000, 5000]]
    assert splits["former"][0]["parts"][1]["profile"]["username"] == agreement.ben.username
    assert splits["former"][0]["accepted_at"] < splits["accepted_at"]
    seen = await agreement.show(by=agreement.ben)
    assert seen["former"] == splits["former"][:1]


async def test_the_owner_needs_no_part(agreement):
    await agreement.propose(0, 10_000)
    splits = await agreement.accept(agreement.ben)
    assert [part["profile_id"] for part in splits["parts"]] == [str(agreement.ben.id)]

    # Nobody but both gain or lose by the whole going back.
    proposed = await agreement.propose(10_000)
    assert proposed["proposal"]["awaited"] == [str(agreement.ben.id)]


async def test_the_same_proposal_again_keeps_who_accepted_and_another_one_does_not(agreement):
    first = await agreement.propose(5000, 3000, 2000)
    await agreement.accept(agreement.ben)
    again = await agreement.propose(5000, 3000, 2000)
    assert again["proposal"]["id"] == first["proposal"]["id"]
    assert again["proposal"]["awaited"] == [str(agreement.cat.id)]

    other = await agreement.propose(5000, 2000, 3000)
    assert len(other["proposal"]["awaited"]) == 2
    meant = {"id": first["proposal"]["id"]}
    assert refusal(await agreement.answer(agreement.ben, body=meant)) == (409, "split_changed")

    # What holds is proposed again: then there is nothing to accept.
    assert (await agreement.propose(10_000))["proposal"] is None


async def test_accepting_twice_is_the_same_as_once(agreement):
    proposed = await agreement.propose(5000, 5000)
    meant = {"id": proposed["proposal"]["id"]}
    for body in (meant, meant, None):
        response = await agreement.answer(agreement.ben, body=body)
        assert (response.status_code, held(response.json()["data"])) == (200, [5000, 5000])


async def test_a_declined_proposal_cannot_be_accepted_any_more(agreement):
    await agreement.propose(5000, 3000, 2000)
    response = await agreement.answer(agreement.ben, "decline")
    declined = response.json()["data"]
    assert (declined["proposal"]["status"], declined["proposal"]["awaited"]) == ("declined", [])
    assert refusal(await agreement.answer(agreement.cat)) == (409, "split_changed")
    assert held(await agreement.show()) == [10_000]

    # Even the same parts are another proposal.
    again = await agreement.propose(5000, 3000, 2000)
    assert again["proposal"]["id"] != declined["proposal"]["id"]
    await agreement.answer(agreement.owner, "decline")
    assert (await agreement.show())["proposal"]["status"] == "declined"


async def test_only_parties_see_a_split_and_answer_to_it(agreement, services):
    stranger = await make.person(services)
    await agreement.propose(5000, 5000)
    for answer in ("accept", "decline"):
        assert refusal(await agreement.answer(stranger, answer)) == (404, "split_not_found")
    response = await agreement.send("get", agreement.path, stranger)
    assert refusal(response) == (404, "split_not_found")
    assert (await agreement.show(agreement.ben))["proposal"]["id"]
    # Cat is no party yet.
    assert refusal(await agreement.answer(agreement.cat)) == (404, "split_not_found")


async def test_only_the_owner_proposes(agreement, product_id, services):
    assert refusal(await agreement.put(5000, 5000, by=agreement.ben)) == (403, "not_your_product")
    async with services.database.transaction() as tx:
        await tx.run("update products set status = 'draft' where id = $1", product_id)
    assert refusal(await agreement.put(5000, 5000, by=agreement.ben)) == (404, "product_not_found")
    # A party reads the split of a draft.
    await agreement.propose(5000, 5000)
    assert (await agreement.show(agreement.ben))["proposal"]["status"] == "proposed"


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([("owner", 9999)], "parts"),
        ([("owner", 9999), ("ben", 2)], "parts"),
        ([("ben", 5000), ("ben", 5000)], "parts"),
        ([("owner", 5000), ("nobody", 5000)], "parts[1].profile_id"),
        ([("owner", 10_000), ("ben", 0)], "parts[1].parts_per_10000"),
        ([("owner", 10_001)], "parts[0].parts_per_10000"),
        ([], "parts"),
        ([("owner", 1)] * 51, "parts"),
    ],
)
async def test_the_parts_are_the_whole_of_profiles_that_exist(agreement, parts, field):
    ids = {"owner": agreement.owner.id, "ben": agreement.ben.id, "nobody": uuid4()}
    form = {"parts": [{"profile_id": str(ids[who]), "parts_per_10000": n} for who, n in parts]}

    response = await agreement.send("put", agreement.path, agreement.owner, form)

    assert response.status_code == 400
    assert response.json()["details"][0]["field"] == field


async def test_who_blocks_the_owner_cannot_be_named(agreement, services):
    async with services.database.transaction() as tx:
        sql = "insert into blocks (blocker_id, blocked_id) values ($1, $2)"
        await tx.run(sql, agreement.ben.id, agreement.owner.id)
    assert (await agreement.put(5000, 5000)).status_code == 400


async def test_a_product_is_split_as_its_release_unless_it_has_a_split_of_its_own(
    agreement, of_release
):
    await of_release.propose(5000, 5000)
    await of_release.accept(of_release.ben)
    shown = await agreement.show(agreement.ben)
    assert (held(shown), shown["is_inherited"]) == ([5000, 5000], True)

    # Who has a part of the release loses it, so they have to accept.
    proposed = await agreement.propose(10_000)
    assert proposed["proposal"]["awaited"] == [str(agreement.ben.id)]
    shown = await agreement.accept(agreement.ben)
    assert (held(shown), shown["is_inherited"]) == ([10_000], False)
    assert held(await of_release.show()) == [5000, 5000]
    assert refusal(await of_release.put(1, 9999, by=agreement.ben)) == (403, "not_your_release")


async def test_a_page_is_a_party_for_which_those_accept_who_may_see_to_its_money(
    agreement, services
):
    page = await make.page(services, agreement.ben)
    await make.role_in(services, page, agreement.cat, ProfileRole.EDITOR)
    parts = [{"profile_id": str(page.id), "parts_per_10000": 10_000}]
    await agreement.send("put", agreement.path, agreement.owner, {"parts": parts})
    accept = f"{agreement.path}/accept"

    # It is the page that has to accept, not who is in it.
    assert refusal(await agreement.answer(agreement.ben)) == (404, "split_not_found")
    refused = await agreement.client.post(accept, headers=page.headers_of(agreement.cat))
    assert refusal(refused) == (403, "not_your_profile")
    accepted = await agreement.client.post(accept, headers=page.headers)

    [part] = accepted.json()["data"]["parts"]
    assert (part["profile_id"], part["profile"]["handle"]) == (str(page.id), page.handle)
    statement = await agreement.client.get("marketplace/statements", headers=page.headers)
    assert statement.json()["data"]["statements"] == []


async def test_members_list_what_they_have_a_part_of(agreement, of_release, product_id, release_id):
    await of_release.propose(5000, 5000)
    await of_release.accept(of_release.ben)
    await agreement.propose(6000, 4000)

    response = await agreement.send("get", "marketplace/splits", agreement.ben)

    listed = {one["title"]: one for one in response.json()["data"]["splits"]}
    found = {
        (one["product_id"] or one["release_id"], one["own_parts"], one["proposed_parts"])
        for one in response.json()["data"]["splits"]
    }
    # The product is split as the release that it is, until another split of it holds.
    assert found == {(str(release_id), 5000, None), (str(product_id), 5000, 4000)}
    assert listed["Night Ferry"]["has_accepted"] is False


async def test_all_of_what_is_theirs_is_the_owners_before_anybody_accepts(agreement):
    await agreement.propose(6000, 4000)

    for who, parts in ((agreement.owner, (10_000, 6000)), (agreement.ben, (0, 4000))):
        response = await agreement.send("get", "marketplace/splits", who)
        [one] = response.json()["data"]["splits"]
        assert (one["own_parts"], one["proposed_parts"]) == parts


async def test_proposals_and_answers_at_once_leave_one_version(agreement, product_id):
    sql = """
        select count(*) filter (where status = 'accepted') <= 1
               and count(*) filter (where status in ('proposed', 'declined')) <= 1
          from splits
         where product_id = $1
    """
    for n in range(1, 4):
        await agreement.propose(5000, 3000 + n, 2000 - n)
        answers = await asyncio.gather(
            agreement.answer(agreement.ben),
            agreement.answer(agreement.cat),
            agreement.put(4000, 3000, 3000),
            agreement.put(4000, 4000, 2000),
            agreement.answer(agreement.ben),
            agreement.answer(agreement.cat, "decline"),
            agreement.answer(agreement.cat),
        )
        assert {answer.status_code for answer in answers} <= {200, 404, 409}
        async with agreement.database.read() as conn:
            assert await conn.value(bool, sql, product_id)
    # Whatever became of it: a version that all accept holds.
    await agreement.propose(1000, 1000, 8000)
    await agreement.accept(agreement.ben, agreement.cat)
    assert held(await agreement.show()) == [1000, 1000, 8000]


async def test_a_party_that_leaves_while_others_answer_takes_its_proposal_along(
    agreement, services
):
    await agreement.propose(5000, 3000, 2000)

    async def leave():
        async with services.database.transaction() as tx:
            await privacy.erase(tx, PERSONAL_DATA, agreement.ben.id)

    answer, _ = await asyncio.gather(agreement.answer(agreement.cat), leave())

    assert answer.status_code in {200, 404}
    shown = await agreement.show()
    assert (held(shown), shown["proposal"]) == ([10_000], None)


async def test_the_part_of_an_erased_party_is_the_owners(agreement, services):
    await agreement.propose(5000, 3000, 2000)
    await agreement.accept(agreement.ben, agreement.cat)
    await agreement.propose(4000, 4000, 2000)
    async with services.database.transaction() as tx:
        await privacy.erase(tx, PERSONAL_DATA, agreement.ben.id)

    splits = await agreement.show()
    # Nobody may accept what the erased party was proposed.
    assert splits["proposal"] is None
    assert [part["profile_id"] for part in splits["parts"]] == [
        str(agreement.owner.id),
        None,
        str(agreement.cat.id),
    ]
    # The owner has 8,000 now: nobody else gains or loses.
    changed = await agreement.propose(8000, 0, 2000)
    assert changed["proposal"] is None
