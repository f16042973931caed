"""What a transfer needs next, by which key, and when: by plain values."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec import structs

from tests.domains.marketplace.payouts.plain import (
    NOON,
    failed,
    paid,
    pending,
    processing,
    reversal,
    waiting_reversal,
)
from veza.domains.marketplace.ledger.models import AccountKind
from veza.domains.marketplace.payouts import rules
from veza.domains.marketplace.payouts.models import (
    Action,
    Drop,
    FindOut,
    Finish,
    Pay,
    Refused,
    Rest,
    ReversalStatus,
    Split,
    TakeBack,
    TransferStatus,
    Unnet,
)
from veza.domains.marketplace.sellers.models import AccountStatus, PayoutAccountRow

cents = some.integers(0, 10**9)
UNKNOWN_COMPLETED = {"status": TransferStatus.COMPLETED, "amount_cents": 0}


@pytest.mark.parametrize(
    ("due", "transferred", "taken_back", "rest"),
    [
        (900, 0, 0, 900),
        (900, 900, 0, 0),
        (0, 900, 0, -900),
        (0, 900, 900, 0),
        (300, 900, 0, -600),
        (300, 900, 600, 0),
        (900, 900, 900, 900),
        (0, 0, 0, 0),
    ],
)
def test_what_is_still_due(due, transferred, taken_back, rest):
    assert rules.still_due(due, transferred, taken_back) == rest


@given(cents, cents, cents)
def test_once_what_is_still_due_has_moved_nothing_is(due, transferred, taken_back):
    rest = rules.still_due(due, transferred, taken_back)
    more, less = max(rest, 0), max(-rest, 0)

    assert rules.still_due(due, transferred + more, taken_back + less) == 0


@pytest.mark.parametrize(
    ("transfer", "open_reversal", "step"),
    [
        (pending(), None, Pay(900)),
        (pending(due_cents=0), None, Finish()),
        (pending(netted_cents=300), None, Pay(600)),
        (pending(netted_cents=900), None, Finish()),
        (pending(tries=3, key_number=4), None, Pay(900)),
        (processing(), None, FindOut()),
        # Whatever is due by now: first it is found out what was done.
        (processing(due_cents=0), None, FindOut()),
        (processing(status=TransferStatus.FAILED), None, FindOut()),
        (failed(), None, Rest()),
        (failed(due_cents=0), None, Finish()),
        (paid(), None, Rest()),
        (paid(due_cents=0), None, TakeBack(900)),
        (paid(due_cents=300), None, TakeBack(600)),
        (paid(due_cents=0, netted_cents=-900), None, Rest()),
        (paid(due_cents=0, netted_cents=-300), None, TakeBack(600)),
        (paid(due_cents=0, amount_cents=400, netted_cents=500), None, Unnet(500)),
        (paid(due_cents=600, amount_cents=400, netted_cents=500), None, Unnet(300)),
        (paid(due_cents=1000), None, Split(100)),
        (paid(due_cents=900, reversed_cents=900), None, Split(900)),
        (paid(due_cents=0, reversed_cents=900), None, Rest()),
        (paid(due_cents=0), reversal(), FindOut()),
        (paid(), reversal(), FindOut()),
        (paid(due_cents=0), waiting_reversal(), TakeBack(900)),
        (paid(due_cents=500), waiting_reversal(), TakeBack(400)),
        (paid(), waiting_reversal(), Drop()),
        (paid(due_cents=1000), waiting_reversal(), Drop()),
        (pending(**UNKNOWN_COMPLETED, due_cents=0), None, Rest()),
        (pending(**UNKNOWN_COMPLETED, netted_cents=900), None, Rest()),
        (pending(**UNKNOWN_COMPLETED, due_cents=0, netted_cents=900), None, Unnet(900)),
        (pending(**UNKNOWN_COMPLETED), None, Pay(900)),
    ],
)
def test_what_a_transfer_needs_next(transfer, open_reversal, step):
    assert rules.next_step(transfer, open_reversal) == step


@pytest.mark.parametrize(
    ("open_cents", "debt", "kept"),
    [(900, 0, 0), (900, 300, 300), (900, 900, 900), (900, 5000, 900), (900, -5, 0)],
)
def test_what_is_owed_is_kept_back(open_cents, debt, kept):
    assert rules.keep_back(open_cents, debt) == (open_cents - kept, kept)


def account(**changes):
    connected = PayoutAccountRow(
        UUID(int=3), "stripe", "acct_1", AccountStatus.CONNECTED, reason=None, connected_at=NOON
    )
    return structs.replace(connected, **changes)


def test_who_can_be_paid_is_who_is_connected_to_the_company_that_pays():
    assert rules.is_payable(account(), "stripe")
    assert not rules.is_payable(account(), "sandbox")
    assert not rules.is_payable(account(status=AccountStatus.ONBOARDING), "stripe")
    assert not rules.is_payable(account(status=AccountStatus.RESTRICTED), "stripe")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (None, rules.NOT_CONNECTED),
        (account(provider="sandbox"), rules.NOT_CONNECTED),
        (account(status=AccountStatus.ONBOARDING, reason="past_due"), rules.NOT_READY),
        (account(status=AccountStatus.RESTRICTED), rules.NOT_READY),
        (
            account(status=AccountStatus.RESTRICTED, reason="past_due"),
            f"{rules.NOT_READY} The payout provider says: past_due",
        ),
    ],
)
def test_who_cannot_be_paid_is_told_why(found, reason):
    assert rules.why_unpayable(found, "stripe") == reason


SOON, LATE = NOON + timedelta(hours=19, minutes=59), NOON + timedelta(hours=20)


@pytest.mark.parametrize(
    ("transfer", "open_reversal", "moment", "action"),
    [
        (processing(), None, NOON, Action.PAY),
        (processing(), None, SOON, Action.PAY),
        (processing(), None, LATE, Action.LOOK),
        (processing(status=TransferStatus.FAILED), None, NOON, Action.LOOK),
        (paid(due_cents=0), reversal(), SOON, Action.REVERSE),
        (paid(due_cents=0), reversal(), LATE, Action.LOOK_REVERSED),
    ],
)
def test_a_key_is_used_again_for_20_hours_and_then_one_looks(
    transfer, open_reversal, moment, action
):
    assert rules.how_to_find_out(transfer, open_reversal, moment) is action


def test_a_call_is_named_by_what_it_moves_and_a_number():
    call = rules.call_for(Action.PAY, processing(key_number=3), None)
    assert call.key == f"{UUID(int=1)}:3"
    assert (call.account_ref, call.amount_cents, call.currency) == ("acct_1", 900, "EUR")

    call = rules.call_for(Action.REVERSE, paid(reversed_cents=100), reversal(amount_cents=200))
    assert call.key == f"{UUID(int=5)}:1"
    assert (call.transfer_ref, call.amount_cents, call.known_reversed_cents) == ("tr_1", 200, 100)


def test_the_number_rises_after_a_refusal_and_stays_without_an_answer():
    silent = rules.unanswered(processing())
    assert (silent.key_number, silent.key_used_at, silent.amount_cents) == (1, NOON, 900)
    assert silent.status is TransferStatus.PROCESSING

    refused = rules.refused(silent, Refused("Not now.", is_passing=True))
    assert (refused.key_number, refused.key_used_at, refused.amount_cents) == (2, None, None)
    assert (refused.status, refused.reason) == (TransferStatus.PENDING, "Not now.")


def test_what_may_pass_is_tried_eight_times_and_what_will_not_once():
    transfer = pending()
    for tries in range(1, 9):
        transfer = rules.refused(processing(tries=tries - 1), Refused("Not now.", is_passing=True))
        assert transfer.status is (TransferStatus.PENDING if tries < 8 else TransferStatus.FAILED)
        transfer = rules.unanswered(processing(tries=tries - 1))
        expected = TransferStatus.PROCESSING if tries < 8 else TransferStatus.FAILED
        assert transfer.status is expected
        # Nobody knows whether it was paid: whoever goes on has the same key.
        assert transfer.key_used_at == NOON

    final = rules.refused(processing(), Refused("Never.", is_passing=False))
    assert (final.status, final.tries) == (TransferStatus.FAILED, 1)


def test_tries_in_vain_are_counted_and_an_admins_order_once():
    never = Refused("Never.", is_passing=False)
    once = rules.refused(processing(), never)
    assert once.retry_count == 1

    again = rules.begun_anew(once, UUID(int=9))
    assert (again.retry_count, again.tries, again.status) == (2, 0, TransferStatus.PENDING)
    twice = rules.refused(rules.paying(again, 900, NOON), never)
    assert (twice.retry_count, twice.tries) == (2, 1)
    assert rules.refused(twice, never).retry_count == 3


def test_what_failed_without_an_answer_begins_anew_by_finding_out():
    again = rules.begun_anew(processing(status=TransferStatus.FAILED), UUID(int=9))

    assert (again.status, again.key_number) == (TransferStatus.PROCESSING, 1)
    assert rules.next_step(again, None) == FindOut()


def test_a_reversal_is_given_up_sooner_and_owed_from_then_on():
    transfer, not_now = paid(due_cents=0), Refused("Nothing there.", is_passing=True)
    first = rules.reversal_refused(transfer, reversal(), not_now)
    assert (first.status, first.key_number) == (ReversalStatus.PENDING, 2)
    third = rules.reversal_refused(paid(due_cents=0, tries=2), reversal(), not_now)
    assert third.status is ReversalStatus.FAILED
    never = rules.reversal_refused(transfer, reversal(), Refused("Never.", is_passing=False))
    assert never.status is ReversalStatus.FAILED

    owed = rules.owed(transfer, never)
    assert owed.netted_cents == -900
    assert owed.reason == (
        "9.00 EUR are kept back from the next sales. The payout provider says: Never."
    )
    assert rules.next_step(owed, None) == Rest()


def test_what_is_taken_back_whole_is_reversed():
    assert rules.taken_back(paid(), 400).status is TransferStatus.COMPLETED
    assert rules.taken_back(paid(reversed_cents=500), 400).status is TransferStatus.REVERSED


def test_pauses_grow_within_bounds_and_are_spread():
    shortest = [rules.pause_after(tries, 0.0) for tries in range(1, 12)]
    longest = [rules.pause_after(tries, 1.0) for tries in range(1, 12)]

    assert longest[:4] == [timedelta(minutes=minutes) for minutes in (1, 3, 9, 27)]
    assert all(short * 2 == long for short, long in zip(shortest, longest, strict=True))
    assert longest == sorted(longest)
    assert longest[-1] == timedelta(hours=12)


@pytest.mark.parametrize(
    ("dues", "total", "spread"),
    [
        ([900], 900, [900]),
        ([900], 0, [0]),
        ([900], 1000, [1000]),
        ([900, 500], 1000, [900, 100]),
        ([900, 500], 800, [800, 0]),
        ([900, 500], 0, [0, 0]),
        ([0, 500], 900, [0, 900]),
        ([], 0, []),
    ],
)
def test_what_is_due_is_spread_over_its_parts(dues, total, spread):
    assert rules.spread(dues, total) == spread


@given(some.lists(cents, min_size=1, max_size=5), cents)
def test_parts_have_together_what_is_due(dues, total):
    spread = rules.spread(dues, total)

    assert sum(spread) == total
    assert all(part >= 0 for part in spread)


def test_only_what_was_not_paid_gets_another_fee():
    changed = rules.with_due(pending(), 450, 50)
    assert (changed.due_cents, changed.platform_fee_cents) == (450, 50)
    changed = rules.with_due(paid(), 450, 50)
    assert (changed.due_cents, changed.platform_fee_cents) == (450, 100)
    assert rules.with_due(pending(part=2, platform_fee_cents=0), 450, 50).platform_fee_cents == 0


@given(some.integers(-(10**9), 10**9).filter(bool))
def test_what_moves_sums_up_to_zero(amount):
    entries = rules.write_entries(processing(), amount)

    assert sum(entry.amount_cents for entry in entries) == 0
    moved = {entry.account.kind: entry.amount_cents for entry in entries}
    assert moved == {
        AccountKind.EARNED: -amount,
        AccountKind.PAID: amount,
        AccountKind.PAYMENTS: amount,
        AccountKind.PAYOUTS: -amount,
    }


@pytest.mark.parametrize(
    ("transfer", "said"),
    [
        (paid(), None),
        (paid(netted_cents=1234), "12.34 EUR were kept back for earlier refunds."),
        (
            paid(reversed_cents=300),
            "3.00 EUR were taken back for a refund or a disputed payment.",
        ),
        (paid(netted_cents=-500), "5.00 EUR are kept back from the next sales."),
        (
            paid(netted_cents=5, reversed_cents=7),
            (
                "0.05 EUR were kept back for earlier refunds. "
                "0.07 EUR were taken back for a refund or a disputed payment."
            ),
        ),
    ],
)
def test_a_transfer_that_is_not_paid_whole_says_why(transfer, said):
    assert rules.explain(transfer) == said


def test_what_is_shown_is_never_below_zero():
    refunded = pending(due_cents=200, netted_cents=500)

    assert rules.show_transfer(refunded).amount_cents == 0
