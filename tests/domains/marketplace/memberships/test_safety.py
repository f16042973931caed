"""Jobs that meet or die, methods that are forgotten, members who are erased, and who has what."""

import asyncio

import pytest

from tests import make
from tests.fakes.hyperswitch import DECLINED
from veza.core.ids import new_id
from veza.core.visibility import has_tier
from veza.domains.marketplace.memberships import personal_data
from veza.domains.marketplace.memberships.models.changes import CancelRequested
from veza.domains.marketplace.memberships.models.state import ForgetMethod, MembershipState
from veza.domains.marketplace.orders.service import periods
from veza.domains.marketplace.renewals import jobs
from veza.domains.marketplace.taxes.models import BillingDetails
from veza.infra.payments.errors import ProviderUnavailable

_ORDERS = """
    select count(*)
      from membership_periods p
      join order_items i on i.id = p.item_id
      join orders o on o.id = i.order_id
     where p.membership_id = $1 and o.paid_at is not null
"""


async def test_jobs_that_meet_charge_a_period_once(club):
    membership_id = await club.joined()
    await club.until_due(membership_id)
    await asyncio.gather(*(club.renew(membership_id) for _ in range(5)))
    assert await club.shop.count(_ORDERS, membership_id) == 2
    assert len(club.paid) == 2
    await club.ensure_right()


@pytest.mark.parametrize("dies_after", ["place", "charge"])
async def test_a_job_that_dies_charges_once_when_it_runs_again(club, monkeypatch, dies_after):
    membership_id = await club.joined()
    await club.until_due(membership_id)
    charge = periods.charge

    async def die(*args):
        if dies_after == "charge":
            await charge(*args)
        raise ProviderUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(periods, "charge", die)
        for _ in range(2):
            with pytest.raises(ProviderUnavailable):
                await club.renew(membership_id)
    renewed = await club.renew(membership_id)
    assert (renewed.last_number, renewed.state) == (2, MembershipState.ACTIVE)
    assert len(club.paid) == 2
    assert await club.shop.count(_ORDERS, membership_id) == 2
    await club.ensure_right()


async def test_a_cancel_while_a_renewal_is_charged_gets_the_money_back(club, monkeypatch):
    membership_id = await club.joined()
    await club.until_due(membership_id)
    charge = periods.charge

    async def cancel_meanwhile(*args):
        await club.change(membership_id, CancelRequested())
        return await charge(*args)

    monkeypatch.setattr(periods, "charge", cancel_meanwhile)
    ended = await club.renew(membership_id)
    assert (ended.state, ended.last_number) == (MembershipState.ENDED, 1)
    assert await club.shop.count(f"{_ORDERS} and o.came_late", membership_id) == 1
    await club.ensure_right()


async def test_two_requests_to_join_make_one_membership(club):
    tier = await club.tier()
    made = await asyncio.gather(*(club.join(tier) for _ in range(4)), return_exceptions=True)
    joined = {each.membership.id for each in made if not isinstance(each, Exception)}
    assert len(joined) == 1
    sql = "select count(*) from memberships where member_id = $1 and state <> 'ended'"
    assert await club.shop.count(sql, club.member.id) == 1


async def test_joining_again_is_the_same_order_unless_it_is_for_another_buyer(club):
    tier = await club.tier()
    ann, bo = BillingDetails(name="Ann", country="FI"), BillingDetails(name="Bo", country="FI")
    made = [await club.join(tier, billing=each) for each in (ann, ann, bo)]
    first, again, other = [each.order.id for each in made]
    assert first == again != other
    assert made[2].order.billing.name == "Bo"
    sql = "select count(*) from memberships where member_id = $1 and state <> 'ended'"
    assert await club.shop.count(sql, club.member.id) == 1


async def test_a_method_is_forgotten_when_nothing_is_charged_to_it_any_more(club):
    first = await club.joined()
    async with club.database.transaction() as tx:
        tier = await make.tier(tx, club.shop.sellers[1].member)
    other = await club.join(tier)
    await club.pay(other)
    for membership_id, is_kept in ((first, True), (other.membership.id, False)):
        before = await club.see(membership_id)
        await club.change(membership_id, CancelRequested())
        club.moment = before.paid_until
        await jobs.renew_due(club.database)
        ended = await club.see(membership_id)
        assert ended.state is MembershipState.ENDED
        job = ForgetMethod(
            ended.provider, ended.customer_id, before.method_id, before.method_order_id
        )
        for _ in range(2):
            await jobs.forget_method(club.database, club.desk, job)
        assert bool(club.shop.provider.methods) is is_kept


async def test_erasing_ends_memberships_and_what_is_charged(club):
    membership_id = await club.joined()
    await club.until_due(membership_id)
    renewed = await club.renew(membership_id)
    club.shop.provider.decide(renewed.method_id, DECLINED)
    async with club.database.transaction() as tx:
        await personal_data.erase(tx, club.seller.id)
    closed = await club.see(membership_id)
    assert (closed.state, closed.end_reason) == (MembershipState.ACTIVE, "closed")
    assert (closed.next_charge_at, closed.profile_id) == (None, None)
    assert closed.access_until == closed.paid_until
    async with club.database.transaction() as tx:
        await personal_data.erase(tx, club.member.id)
    gone = await club.see(membership_id)
    assert (gone.state, gone.member_id) == (MembershipState.ENDED, None)
    assert await club.renew(membership_id) == gone


async def _has(club, tier=None, profile=None):
    condition = has_tier("$1::uuid", "$2::uuid", None if tier is None else "$3::uuid")
    values = [club.member.id, (profile or club.seller).id]
    async with club.database.read() as conn:
        return await conn.value(
            bool, f"select {condition}", *values, *([] if tier is None else [tier.id])
        )


async def test_a_member_has_the_tiers_of_the_same_and_lower_positions(club):
    low, middle, high = [await club.tier(str(at), position=at) for at in (1, 2, 3)]
    same = await club.tier("same", position=2, is_open=False)
    assert not await _has(club)
    membership_id = await club.joined(middle)
    assert await _has(club)
    has = [await _has(club, tier) for tier in (low, middle, same, high)]
    assert has == [True, True, True, False]
    assert not await _has(club, low, club.shop.sellers[1])
    async with club.database.transaction() as tx:
        sql = "update memberships set access_until = now() where id = $1"
        await tx.run(sql, membership_id)
    assert not await _has(club, low)


async def test_members_and_profiles_see_memberships_over_http(club, client):
    membership_id = await club.joined(await club.tier(welcome="Hello"))
    path = f"marketplace/memberships/{membership_id}"
    headers = club.member.headers

    async def send(method, where, **json):
        answer = await client.request(method, where, headers=headers, json=json or None)
        return answer.status_code, answer.json().get("data") or answer.json().get("code")

    status, seen = await send("GET", path)
    assert (status, seen["state"], seen["welcome"]) == (200, "active", "Hello")
    listed = (await send("GET", "marketplace/memberships"))[1]["memberships"]
    assert [each["id"] for each in listed] == [str(membership_id)]
    assert (await send("POST", f"{path}/pause", months=2))[1]["state"] == "paused"
    assert (await send("POST", f"{path}/resume"))[1]["state"] == "active"
    assert (await send("POST", f"{path}/price", price_cents=900)) == (
        409,
        "membership_price_changed",
    )
    cancelled = (await send("POST", f"{path}/cancel"))[1]
    assert cancelled["next_charge_at"] is None
    assert (await send("POST", f"{path}/pause", months=2)) == (409, "membership_cancelled")
    assert (await send("POST", f"{path}/stay"))[1]["cancelled_at"] is None
    headers = club.seller.headers
    assert (await send("GET", path)) == (404, "membership_not_found")
    [member] = (await send("GET", "sell/members"))[1]["members"]
    assert (member["member"]["id"], member["state"]) == (str(club.member.id), "active")
    headers = club.member.headers
    unknown = {"tier_id": str(new_id())}
    assert (await send("POST", "marketplace/memberships", **unknown)) == (404, "tier_not_found")
    assert (await send("POST", "marketplace/memberships"))[0] == 400
