"""Steps in any order, at any time, twice and at once: a commission ends once, as its money does."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests import make
from veza.app.domains import PERSONAL_DATA
from veza.core.errors import Conflict
from veza.core.ids import OrderId, OrderItemId, UserId, new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.commissions.models import (
    CommissionState,
    CommissionStatus,
    Party,
    Step,
)
from veza.domains.marketplace.commissions.rules import states
from veza.domains.marketplace.commissions.service import steps
from veza.domains.privacy.service import erase

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
OPEN = {CommissionStatus.BRIEF, CommissionStatus.IN_PROGRESS, CommissionStatus.DELIVERED}
ENDS = {CommissionStatus.ACCEPTED, CommissionStatus.CANCELLED}
TURNS = st.tuples(
    st.sampled_from(Party), st.sampled_from(Step), st.integers(0, 70), st.booleans(), st.booleans()
)


def begin(revisions: int, *, is_free: bool) -> CommissionState:
    return CommissionState(
        delivery_days=5,
        revisions=revisions,
        questions="",
        id=OrderItemId(new_id()),
        order_id=OrderId(new_id()),
        buyer_id=UserId(new_id()),
        seller_id=UserId(new_id()),
        status=CommissionStatus.BRIEF,
        revisions_used=0,
        due_at=BEGIN + states.BRIEF_WITHIN,
        is_cancel_asked=False,
        was_disputed=False,
        is_paused=False,
        is_seller_gone=False,
        is_free=is_free,
        is_refundable=True,
        is_withheld=False,
    )


def allows(state: CommissionState, party: Party, step: Step, moment: datetime) -> bool:
    try:
        states.ensure_allowed(state, party, step, moment=moment)
    except Conflict:
        return False
    return True


@given(st.integers(0, 3), st.booleans(), st.lists(TURNS, max_size=30))
def test_a_commission_has_one_end_whatever_is_tried(revisions, is_free, turns):
    state, moment = begin(revisions, is_free=is_free), BEGIN
    for party, step, days, is_paused, is_seller_gone in turns:
        moment += timedelta(days=days)
        state = structs.replace(state, is_paused=is_paused, is_seller_gone=is_seller_gone)
        taken = [(states.find_timeout(state, moment), None), (step, party)]
        for each, by in taken:
            is_over = state.status in ENDS
            if each is None or (by is not None and not allows(state, by, each, moment)):
                assert by is None or each not in states.list_steps(state, by, moment)
                continue
            assert not is_paused
            assert by is None or each in states.list_steps(state, by, moment)
            before, state = state, states.move(state, each, moment)
            if each is Step.CANCEL and not is_free:
                # The refund is asked for, again if time asks for it, and comes.
                assert state.status is before.status
                assert states.find_timeout(states.postpone(state, moment), moment) is None
                state = states.return_money(state)
            assert not is_over or (each is Step.MESSAGE and state == before)
            assert state.revisions_used <= state.revisions
            assert (state.due_at is not None) == (state.status in OPEN)
            assert not state.is_cancel_asked or state.status is CommissionStatus.IN_PROGRESS
            assert state.was_disputed or state.status is not CommissionStatus.DISPUTED
            assert state.due_at is None or state.due_at > BEGIN


def test_what_can_not_be_refunded_is_not_cancelled_and_keeps_nobody():
    """A dispute at a bank was lost for another line: the order is never refunded."""
    state = structs.replace(begin(0, is_free=False), is_refundable=False)
    much_later = BEGIN + timedelta(days=1000)
    for status in (CommissionStatus.BRIEF, CommissionStatus.IN_PROGRESS):
        left = structs.replace(state, status=status)
        assert states.find_timeout(left, much_later) is None
        for party in (Party.BUYER, Party.SELLER):
            assert Step.CANCEL not in states.list_steps(left, party, much_later)
            assert states.leave(left, party) is Step.ACCEPT


async def test_two_who_work_for_each_other_are_erased_at_once(studio):
    services, ann, ben = studio.services, studio.buyer, studio.seller
    async with services.database.transaction() as tx:
        for buyer, seller in ((ann, ben), (ben, ann), (ann, ben)):
            await make.commission(tx, buyer.member, seller.member)

    async def leave(who) -> None:
        async with services.database.transaction() as tx:
            await erase(tx, PERSONAL_DATA, who.id, balance_modes=[MoneyMode.LIVE])

    await asyncio.gather(leave(ann), leave(ben))
    sql = "select count(*) from users where id = any($1)"
    async with services.database.read() as conn:
        assert not await conn.value(int, sql, [ann.id, ben.id])


@pytest.mark.parametrize("is_due", [True, False])
async def test_who_accepts_and_cancels_at_once_has_one_effect(studio, is_due):
    commission_id = OrderItemId(await studio.delivered())
    if is_due:
        sql = "update commissions set due_at = now() - interval '1 hour' where id = $1"
        async with studio.services.database.transaction() as tx:
            await tx.run(sql, commission_id)

    async def attempt(change) -> None:
        with suppress(Conflict):
            await studio.services.database.transact(change)

    buyer, seller = studio.buyer.member, studio.seller.member
    await asyncio.gather(
        *(attempt(lambda tx: steps.accept(tx, commission_id, buyer)) for _ in range(2)),
        *(attempt(lambda tx: steps.cancel(tx, commission_id, seller, "No.")) for _ in range(2)),
        *(attempt(lambda tx: steps.expire(tx, commission_id)) for _ in range(2)),
    )
    await studio.go_on()

    ended = await studio.see(commission_id)
    kinds = [entry["kind"] for entry in ended["entries"]][2:]
    ends = {"accepted": ["acceptance"], "cancelled": ["cancellation", "refund"]}
    assert kinds == ends[ended["status"]]
    await studio.ensure_right()
