"""A delivery that staff takes down: who keeps its files, the clock, the refund and the appeal."""

from datetime import timedelta

import pytest

from tests import make
from tests.domains.auth.factors.steps import let_proofs_age
from tests.domains.moderation.takedowns.takedown_fixtures import take_down
from veza.core.ids import new_id
from veza.domains.marketplace.commissions.queries.takedowns import update_due_again
from veza.domains.marketplace.commissions.rules import states

__all__ = ["take_down"]

_LATER = states.ACCEPTED_AFTER + timedelta(days=1)


@pytest.fixture
async def delivered(studio):
    """Return a commission with a delivered file, the id of that entry and the file's address."""
    commission_id = await studio.begun()
    file = await make.cloud_file(studio.services, studio.seller, "mix.wav", b"mix")
    sent = await studio.do(
        studio.seller, commission_id, "deliveries", "My mix.", file_ids=[str(file.id)]
    )
    entry = sent["entries"][-1]
    return commission_id, entry["id"], entry["files"][0]["url"]


@pytest.fixture
def decide(studio, take_down, admin):
    """Take a delivery down for a reason; returns the take-down."""

    async def send(entry_id, category, **more):
        await let_proofs_age(studio.services, admin.id, -11)
        answer = await take_down(admin, "commission_message", entry_id, category=category, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return send


async def see_delivery(studio, commission_id):
    seen = await studio.see(commission_id)
    [entry] = [each for each in seen["entries"] if each["kind"] == "delivery"]
    return seen, entry


async def fetch(studio, url):
    return (await studio.client.get(url, headers=studio.buyer.headers)).status_code


@pytest.mark.parametrize(("category", "files", "status"), [("spam", 1, 200), ("illegal", 0, 404)])
async def test_who_paid_keeps_the_files_unless_they_are_illegal_and_time_accepts_nothing(
    studio, delivered, decide, moderator, category, files, status
):
    commission_id, entry_id, url = delivered
    taken = await decide(entry_id, category)
    seen, entry = await see_delivery(studio, commission_id)
    assert (entry["words"], entry["is_taken_down"], len(entry["files"])) == ("", True, files)
    assert (await fetch(studio, url), seen["due_at"]) == (status, None)
    await studio.later(commission_id, _LATER)
    assert (await studio.see(commission_id))["status"] == "delivered"

    # An appeal that succeeds gives it back, and the buyer has a week again.
    appeal = f"takedowns/{taken['id']}/appeal"
    form = {"text": "It is my own recording."}
    made = await studio.client.post(appeal, headers=studio.seller.headers, json=form)
    assert made.status_code == 201, made.text
    page = await studio.client.get(
        "admin/appeals", headers=moderator.headers, params={"limit": 100}
    )
    [waiting] = [
        one
        for one in page.json()["data"]["appeals"]
        if one["member"]["id"] == str(studio.seller.id)
    ]
    answer = await studio.client.post(
        f"admin/appeals/{waiting['id']}/decide",
        headers=moderator.headers,
        json={"outcome": "reverse", "reason": "You are right."},
    )
    assert answer.is_success, answer.text
    seen, entry = await see_delivery(studio, commission_id)
    assert (entry["words"], len(entry["files"]), seen["due_at"] is None) == ("My mix.", 1, False)
    assert await fetch(studio, url) == 200
    await studio.later(commission_id, timedelta(days=6))
    assert (await studio.see(commission_id))["status"] == "delivered"
    await studio.later(commission_id, timedelta(days=2))
    assert (await studio.see(commission_id))["status"] == "accepted"
    await studio.ensure_right()


@pytest.mark.parametrize("is_accepted", [False, True])
async def test_the_buyer_of_what_is_taken_away_is_refunded_in_one_step(
    studio, delivered, decide, admin, is_accepted
):
    commission_id, entry_id, _ = delivered
    if is_accepted:
        await studio.do(studio.buyer, commission_id, "accept")
        await studio.go_on()
    taken = await decide(entry_id, "illegal")
    path = f"admin/takedowns/{taken['id']}/refunds"
    answer = await studio.client.post(path, headers=admin.headers)
    assert (answer.status_code, answer.json()["data"]) == (202, {"items": 1})
    await studio.go_on()
    assert (await studio.see(commission_id))["status"] == "cancelled"
    again = await studio.client.post(path, headers=admin.headers)
    assert again.json()["data"] == {"items": 0}
    await studio.ensure_right()


@pytest.mark.parametrize(("category", "status"), [("spam", 200), ("illegal", 404)])
async def test_what_is_deleted_for_good_stays_with_who_paid_unless_it_is_illegal(
    studio, delivered, decide, category, status
):
    commission_id, entry_id, url = delivered
    taken = await decide(entry_id, category, permanent=True)
    sql = "update takedowns set created_at = created_at - interval '31 days' where id = $1"
    async with studio.services.database.transaction() as tx:
        await tx.run(sql, taken["id"])
    await make.deleted_for_good(studio.services)
    _, entry = await see_delivery(studio, commission_id)
    assert (entry["words"], entry["is_taken_down"]) == ("", True)
    assert await fetch(studio, url) == status


async def test_the_term_of_a_newer_delivery_stays(studio, delivered):
    commission_id, entry_id, _ = delivered
    newer = new_id()
    async with studio.services.database.transaction() as tx:
        copied = """
            insert into commission_entries
                 select (jsonb_populate_record(e, jsonb_build_object('id', $2::uuid))).*
                   from commission_entries e where e.id = $1
        """
        await tx.run(copied, entry_id, newer)
    due_at = (await studio.see(commission_id))["due_at"]
    for entry, is_longer in ((entry_id, False), (newer, True)):
        async with studio.services.database.transaction() as tx:
            await update_due_again(tx, entry, timedelta(days=30))
        assert ((await studio.see(commission_id))["due_at"] > due_at) is is_longer
