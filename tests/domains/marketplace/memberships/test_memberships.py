"""Members join by an order, are charged when a period is due, and leave when they want to."""

from datetime import timedelta

import pytest

from tests import make
from tests.fakes.hyperswitch import ASKED, DECLINED, PAID
from veza.core.errors import Invalid
from veza.core.ids import ProfileId, RefundId, new_id
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.memberships.errors import AlreadyMember, OwnProfileMembership
from veza.domains.marketplace.memberships.models.changes import CancelRequested
from veza.domains.marketplace.memberships.models.state import MembershipState
from veza.domains.marketplace.memberships.service import own
from veza.domains.marketplace.orders.models.state import RefundBegun, RefundMade
from veza.domains.marketplace.orders.service.settlement import settle
from veza.domains.marketplace.renewals import jobs
from veza.domains.marketplace.tiers.errors import TierNotFound
from veza.domains.marketplace.tips import invariants as tip_invariants
from veza.domains.marketplace.tips import personal_data as tips

STATE = MembershipState


async def test_a_member_joins_a_tier_and_is_charged_each_month(club):
    made = await club.join(await club.tier(), member=club.member)
    assert (made.membership.state, made.order.total_cents) == (STATE.PENDING, 500)
    again = await club.join(await club.tier("Other", monthly_cents=600))
    assert again.membership.id != made.membership.id
    await club.pay(again)
    membership = await club.see(again.membership.id)
    assert (membership.state, membership.last_number) == (STATE.ACTIVE, 1)
    assert membership.access_until > membership.paid_until
    due = await club.until_due(membership.id)
    for _ in range(2):
        # A job that runs twice charges once.
        renewed = await club.renew(membership.id)
    assert (renewed.state, renewed.last_number, renewed.attempts) == (STATE.ACTIVE, 2, 0)
    assert renewed.paid_until > due
    assert renewed.method_id in club.shop.provider.methods
    assert club.paid == [600, 600]
    with pytest.raises(AlreadyMember):
        await club.join(await club.tier("Third"))
    await club.ensure_right()


async def test_what_was_begun_and_not_paid_is_begun_again_by_the_same_order(club):
    tier = await club.tier()
    first, second = await club.join(tier), await club.join(tier)
    assert first.order.id == second.order.id
    other = await club.join(await club.tier("Other"))
    # The order that was left behind buys nothing any more, and is returned.
    await club.pay(first)
    assert (await club.shop.see(first.order.id)).status == "refund_pending"
    await club.pay(other)
    assert (await club.see(other.membership.id)).state is STATE.ACTIVE
    with pytest.raises(OwnProfileMembership):
        await club.join(tier, member=club.seller)


async def test_a_decline_keeps_access_and_the_member_pays_by_another_card(club):
    membership_id = await club.joined()
    due = await club.until_due(membership_id)
    first = await club.renew(membership_id)
    method_id = first.method_id
    due = await club.until_due(membership_id)
    club.shop.provider.decide(method_id, DECLINED)
    for _ in range(2):
        # A job that runs twice tries once.
        behind = await club.renew(membership_id)
    assert (behind.state, behind.attempts) == (STATE.PAST_DUE, 1)
    assert behind.next_charge_at == due + timedelta(days=1)
    assert behind.access_until > due + timedelta(days=14)
    made = await club.pay_now(membership_id)
    assert (await club.pay_now(membership_id)).order.id == made.order.id
    await club.pay(made, card="5555")
    paid = await club.see(membership_id)
    assert (paid.state, paid.attempts, paid.method_id) == (STATE.ACTIVE, 0, None)
    await club.until_due(membership_id)
    renewed = await club.renew(membership_id)
    assert renewed.method_id != method_id
    assert len(club.paid) == 4
    await club.ensure_right()


@pytest.mark.long
async def test_after_the_last_attempt_the_membership_ends_and_a_cancel_ends_it_at_once(club):
    membership_id = await club.joined()
    await club.until_due(membership_id)
    renewed = await club.renew(membership_id)
    club.shop.provider.decide(renewed.method_id, DECLINED)
    for _ in range(7):
        await club.until_due(membership_id)
        ended = await club.renew(membership_id)
    assert (ended.state, ended.end_reason) == (STATE.ENDED, "declined")
    assert ended.next_charge_at is None
    other = (await club.join(await club.tier("Again"))).membership.id
    assert other != membership_id
    await club.ensure_right()


async def test_a_late_success_of_a_payment_after_a_cancel_is_returned(club):
    membership_id = await club.joined()
    await club.until_due(membership_id)
    renewed = await club.renew(membership_id)
    club.shop.provider.decide(renewed.method_id, DECLINED)
    await club.until_due(membership_id)
    await club.renew(membership_id)
    made = await club.pay_now(membership_id)
    gone = await club.change(membership_id, CancelRequested())
    assert gone.state is STATE.ENDED
    await club.pay(made)
    assert (await club.shop.see(made.order.id)).status == "refund_pending"
    assert (await club.renew(membership_id)).state is STATE.ENDED
    await club.ensure_right()


async def test_a_refund_of_the_current_period_ends_access(club):
    made = await club.join(await club.tier())
    await club.pay(made)
    async with club.database.transaction() as tx:
        refund = RefundId(new_id())
        await settle(tx, made.order.id, RefundBegun(refund, [made.order.items[0].id]))
        await settle(tx, made.order.id, RefundMade(refund))
    ended = await club.see(made.membership.id)
    assert (ended.state, ended.end_reason) == (STATE.ENDED, "returned")
    assert ended.access_until == club.moment


async def test_an_upgrade_begins_when_it_is_paid_and_takes_the_rest_off(club):
    gold = await club.tier("Gold", monthly_cents=3000, position=2)
    membership_id = await club.joined(await club.tier("Silver", monthly_cents=1000))
    before = await club.see(membership_id)
    club.moment += (before.paid_until - club.moment) / 2
    made = await club.choose(membership_id, gold)
    assert made.order.total_cents == 2500
    [reduction] = made.order.items[0].reductions
    assert (reduction.cause, reduction.amount_cents) == ("upgrade", 500)
    await club.pay(made)
    upgraded = await club.see(membership_id)
    assert (upgraded.tier_name, upgraded.last_number) == ("Gold", 2)
    assert upgraded.paid_until > before.paid_until
    down = await club.choose(membership_id, await club.tier("Bronze", monthly_cents=100))
    assert (down.order, down.membership.next.name) == (None, "Bronze")
    await club.until_due(membership_id)
    assert (await club.renew(membership_id)).tier_name == "Bronze"
    assert club.paid == [1000, 2500, 100]
    await club.ensure_right()


async def test_a_monthly_tip_is_a_membership_without_a_tier(club):
    async with club.database.transaction() as tx:
        await make.tip_jar(tx, club.seller.member)
    made = await club.join(profile_id=ProfileId(club.seller.id), amount_cents=700)
    await club.pay(made)
    membership = await club.see(made.membership.id)
    assert (membership.state, membership.tier_id) == (STATE.ACTIVE, None)
    await club.until_due(membership.id)
    await club.renew(membership.id)
    assert club.paid == [700, 700]


async def test_the_words_with_a_monthly_tip_are_read_by_the_profile(club):
    async with club.database.transaction() as tx:
        await make.tip_jar(tx, club.seller.member)
    form = {"profile_id": ProfileId(club.seller.id), "amount_cents": 700}
    for wrong in ("See https://evil.example", "evil.com"):
        with pytest.raises(Invalid):
            await club.join(**form, message=wrong)
    with pytest.raises(Invalid):
        await club.join(await club.tier(), message="For the tier")

    async def told():
        async with club.database.read() as conn:
            page = await own.list_members(conn, club.seller.id, limit=5, cursor=None)
        return [each.message for each in page.members]

    first = await club.join(**form, message="  For the next record! ")
    assert (await club.join(**form, message="For the next record!")).order.id == first.order.id
    made = await club.join(**form, message="For the band")
    assert made.order.id != first.order.id
    assert [item.message for item in made.order.items] == ["For the band"]
    await club.pay(made)
    await club.until_due(made.membership.id)
    await club.renew(made.membership.id)
    assert await told() == ["For the band"]
    await club.ensure_right()
    async with club.database.transaction() as tx:
        found = await ledger.find_violations(tx, tip_invariants.INVARIANTS)
        given = await tips.export(tx, club.member.id)
    assert [each for each in found if str(made.order.id) in each.where] == []
    assert "For the band" in [each.message for each in given.given]
    async with club.database.transaction() as tx:
        sql = "insert into mutes (muter_id, muted_id) values ($1, $2)"
        await tx.run(sql, club.seller.id, club.member.id)
    assert await told() == [None]
    async with club.database.transaction() as tx:
        await tx.run("delete from mutes where muter_id = $1", club.seller.id)
        await tips.erase(tx, club.member.id)
    assert await told() == [None]


async def test_what_was_never_paid_disappears(club):
    made = await club.join(await club.tier())
    await club.join(await club.tier("Other"))
    club.moment += timedelta(days=3)
    await jobs.delete_unpaid(club.database)
    sql = "select count(*) from memberships where member_id = $1"
    assert await club.shop.count(sql, club.member.id) == 2
    async with club.database.transaction() as tx:
        await tx.run("update orders set status = 'cancelled' where buyer_id = $1", club.member.id)
    await jobs.delete_unpaid(club.database)
    assert await club.shop.count(sql, club.member.id) == 0
    await club.pay(made)
    assert (await club.shop.see(made.order.id)).status == "refund_pending"
    await club.ensure_right()


async def test_a_refunded_upgrade_leaves_what_was_paid_before(club):
    membership_id = await club.joined(await club.tier("Silver", monthly_cents=1000))
    before = await club.see(membership_id)
    club.moment += timedelta(days=3)
    made = await club.choose(membership_id, await club.tier("Gold", monthly_cents=3000))
    await club.pay(made)
    club.moment += timedelta(days=3)
    async with club.database.transaction() as tx:
        refund = RefundId(new_id())
        await settle(tx, made.order.id, RefundBegun(refund, [made.order.items[0].id]))
        await settle(tx, made.order.id, RefundMade(refund))
    left = await club.see(membership_id)
    assert (left.state, left.end_reason, left.tier_name) == (STATE.ACTIVE, "returned", "Silver")
    assert left.access_until == left.paid_until == before.paid_until
    assert left.next_charge_at is None
    await club.ensure_right()


async def test_an_earlier_attempt_is_cancelled_or_counts_if_it_succeeded_unheard(club):
    membership_id = await club.joined()
    await club.until_due(membership_id)
    method_id = (await club.renew(membership_id)).method_id
    club.shop.provider.decide(method_id, ASKED, ASKED, PAID)
    for attempts in (1, 2):
        await club.until_due(membership_id)
        behind = await club.renew(membership_id)
        assert (behind.state, behind.attempts) == (STATE.PAST_DUE, attempts)
    statuses = [each["status"] for each in club.payments if each["off_session"]]
    assert statuses == ["succeeded", "cancelled", "requires_customer_action"]
    await club.ensure_right()
    club.shop.provider.pay(club.payments[-1]["payment_id"])
    await club.until_due(membership_id)
    paid = await club.renew(membership_id)
    assert (paid.state, paid.last_number) == (STATE.ACTIVE, 3)
    assert len(club.paid) == 3, "No further one was charged."
    await club.ensure_right()


async def test_who_is_blocked_by_a_profile_does_not_join_it(club):
    tier = await club.tier()
    async with club.database.transaction() as tx:
        sql = "insert into blocks (blocker_id, blocked_id) values ($1, $2)"
        await tx.run(sql, club.seller.id, club.member.id)
    with pytest.raises(TierNotFound):
        await club.join(tier)
