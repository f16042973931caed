"""Rules of transfers, with plain values."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec import structs

from tests.domains.marketplace.payouts.factories import (
    NOON,
    failed,
    paid,
    pending,
    processing,
    reversal,
    waiting_reversal,
)
from veza.domains.marketplace.ledger.models import AccountKind
from veza.domains.marketplace.payouts.models import (
    CallRefused,
    CancelReversal,
    CompleteUnpaid,
    CreateNextPart,
    DoNothing,
    PayTransfer,
    ProviderAction,
    ReleaseWithheld,
    ResolveOutcome,
    ReversalStatus,
    ReverseTransfer,
    TransferStatus,
)
from veza.domains.marketplace.payouts.rules import amounts, steps, transitions
from veza.domains.marketplace.sellers.models import PayoutAccountStatus, StoredPayoutAccount

cents = some.integers(0, 10**9)
UNKNOWN_COMPLETED = {"status": TransferStatus.COMPLETED, "amount_cents": 0}


@pytest.mark.parametrize(
    ("transfer", "outstanding"),
    [
        (pending(), 900),
        (pending(withheld_cents=300), 600),
        (pending(due_cents=0), 0),
        # The amount isn't paid before there is a `provider_ref`.
        (processing(), 900),
        (paid(), 0),
        (paid(due_cents=0), -900),
        (paid(due_cents=0, reversed_cents=900), 0),
        (paid(due_cents=300), -600),
        (paid(due_cents=300, reversed_cents=600), 0),
        (paid(due_cents=0, withheld_cents=-300), -600),
        (paid(reversed_cents=900), 900),
    ],
)
def test_outstanding_is_what_is_due_less_withheld_and_paid(transfer, outstanding):
    assert amounts.outstanding_cents(transfer) == outstanding


@given(cents, cents, cents)
def test_nothing_is_outstanding_once_the_outstanding_amount_has_moved(due, transferred, reversed_):
    transfer = paid(due_cents=due, amount_cents=transferred, reversed_cents=reversed_)
    outstanding = amounts.outstanding_cents(transfer)
    settled = structs.replace(
        transfer,
        amount_cents=transferred + max(outstanding, 0),
        reversed_cents=reversed_ + max(-outstanding, 0),
    )

    assert amounts.outstanding_cents(settled) == 0


@pytest.mark.parametrize(
    ("transfer", "open_reversal", "step"),
    [
        (pending(), None, PayTransfer(900)),
        (pending(due_cents=0), None, CompleteUnpaid()),
        (pending(withheld_cents=300), None, PayTransfer(600)),
        (pending(withheld_cents=900), None, CompleteUnpaid()),
        (pending(tries=3, key_number=4), None, PayTransfer(900)),
        (processing(), None, ResolveOutcome()),
        # Whatever is due by now: first it is found out what was done.
        (processing(due_cents=0), None, ResolveOutcome()),
        (processing(status=TransferStatus.FAILED), None, ResolveOutcome()),
        (failed(), None, DoNothing()),
        (failed(due_cents=0), None, CompleteUnpaid()),
        (paid(), None, DoNothing()),
        (paid(due_cents=0), None, ReverseTransfer(900)),
        (paid(due_cents=300), None, ReverseTransfer(600)),
        (paid(due_cents=0, withheld_cents=-900), None, DoNothing()),
        (paid(due_cents=0, withheld_cents=-300), None, ReverseTransfer(600)),
        (paid(due_cents=0, amount_cents=400, withheld_cents=500), None, ReleaseWithheld(500)),
        (paid(due_cents=600, amount_cents=400, withheld_cents=500), None, ReleaseWithheld(300)),
        (paid(due_cents=1000), None, CreateNextPart(100)),
        (paid(due_cents=900, reversed_cents=900), None, CreateNextPart(900)),
        (paid(due_cents=0, reversed_cents=900), None, DoNothing()),
        (paid(due_cents=0), reversal(), ResolveOutcome()),
        (paid(), reversal(), ResolveOutcome()),
        (paid(due_cents=0), waiting_reversal(), ReverseTransfer(900)),
        (paid(due_cents=500), waiting_reversal(), ReverseTransfer(400)),
        (paid(), waiting_reversal(), CancelReversal()),
        (paid(due_cents=1000), waiting_reversal(), CancelReversal()),
        (pending(**UNKNOWN_COMPLETED, due_cents=0), None, DoNothing()),
        (pending(**UNKNOWN_COMPLETED, withheld_cents=900), None, DoNothing()),
        (pending(**UNKNOWN_COMPLETED, due_cents=0, withheld_cents=900), None, ReleaseWithheld(900)),
        (pending(**UNKNOWN_COMPLETED), None, PayTransfer(900)),
    ],
)
def test_next_step(transfer, open_reversal, step):
    assert steps.next_step(transfer, open_reversal) == step


@pytest.mark.parametrize(
    ("outstanding", "debt", "withheld"),
    [(900, 0, 0), (900, 300, 300), (900, 900, 900), (900, 5000, 900), (900, -5, 0)],
)
def test_debt_is_withheld(outstanding, debt, withheld):
    assert amounts.split_for_debt(outstanding, debt) == (outstanding - withheld, withheld)


def account(**changes):
    connected = StoredPayoutAccount(
        UUID(int=3),
        "stripe",
        "acct_1",
        PayoutAccountStatus.CONNECTED,
        reason=None,
        connected_at=NOON,
    )
    return structs.replace(connected, **changes)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (account(), None),
        (None, steps.NOT_CONNECTED),
        (account(provider="sandbox"), steps.NOT_CONNECTED),
        (account(status=PayoutAccountStatus.ONBOARDING, reason="past_due"), steps.NOT_READY),
        (account(status=PayoutAccountStatus.RESTRICTED), steps.NOT_READY),
        (
            account(status=PayoutAccountStatus.RESTRICTED, reason="past_due"),
            f"{steps.NOT_READY} The payout provider says: past_due",
        ),
    ],
)
def test_unpayable_sellers_get_the_reason(found, reason):
    assert steps.unpayable_reason(found, "stripe") == reason


SOON, LATE = NOON + timedelta(hours=19, minutes=59), NOON + timedelta(hours=20)


@pytest.mark.parametrize(
    ("transfer", "open_reversal", "moment", "action"),
    [
        (processing(), None, NOON, ProviderAction.PAY),
        (processing(), None, SOON, ProviderAction.PAY),
        (processing(), None, LATE, ProviderAction.FIND_PAYMENT),
        (processing(status=TransferStatus.FAILED), None, NOON, ProviderAction.FIND_PAYMENT),
        (paid(due_cents=0), reversal(), SOON, ProviderAction.REVERSE),
        (paid(due_cents=0), reversal(), LATE, ProviderAction.FIND_REVERSAL),
    ],
)
def test_a_call_is_repeated_for_20_hours_and_then_looked_up(
    transfer, open_reversal, moment, action
):
    assert steps.resolving_action(transfer, open_reversal, moment) is action


def test_the_key_of_a_call_is_the_id_and_a_number():
    call = steps.build_call(ProviderAction.PAY, processing(key_number=3), None)
    assert call.key == f"{UUID(int=1)}:3"
    assert (call.account_ref, call.amount_cents, call.currency) == ("acct_1", 900, "EUR")

    call = steps.build_call(
        ProviderAction.REVERSE, paid(reversed_cents=100), reversal(amount_cents=200)
    )
    assert call.key == f"{UUID(int=5)}:1"
    assert (call.transfer_ref, call.amount_cents, call.known_reversed_cents) == ("tr_1", 200, 100)


def test_the_key_changes_after_a_refusal_and_stays_without_an_answer():
    silent = transitions.mark_unanswered(processing())
    assert (silent.key_number, silent.key_used_at, silent.amount_cents) == (1, NOON, 900)
    assert silent.status is TransferStatus.PROCESSING

    refused = transitions.mark_refused(silent, CallRefused("Not now.", is_passing=True))
    assert (refused.key_number, refused.key_used_at, refused.amount_cents) == (2, None, None)
    assert (refused.status, refused.reason) == (TransferStatus.PENDING, "Not now.")


def test_temporary_refusals_are_tried_eight_times_and_final_ones_once():
    transfer = pending()
    for tries in range(1, 9):
        transfer = transitions.mark_refused(
            processing(tries=tries - 1), CallRefused("Not now.", is_passing=True)
        )
        assert transfer.status is (TransferStatus.PENDING if tries < 8 else TransferStatus.FAILED)
        transfer = transitions.mark_unanswered(processing(tries=tries - 1))
        expected = TransferStatus.PROCESSING if tries < 8 else TransferStatus.FAILED
        assert transfer.status is expected
        # Nobody knows whether it was paid: whoever goes on has the same key.
        assert transfer.key_used_at == NOON

    final = transitions.mark_refused(processing(), CallRefused("Never.", is_passing=False))
    assert (final.status, final.tries) == (TransferStatus.FAILED, 1)


def test_failed_tries_are_counted_and_an_admins_retry_once():
    never = CallRefused("Never.", is_passing=False)
    once = transitions.mark_refused(processing(), never)
    assert once.retry_count == 1

    again = transitions.restart(once, UUID(int=9))
    assert (again.retry_count, again.tries, again.status) == (2, 0, TransferStatus.PENDING)
    twice = transitions.mark_refused(transitions.mark_processing(again, 900), never)
    assert (twice.retry_count, twice.tries) == (2, 1)
    assert transitions.mark_refused(twice, never).retry_count == 3


def test_a_retry_after_no_answer_resolves_the_outcome_first():
    again = transitions.restart(processing(status=TransferStatus.FAILED), UUID(int=9))

    assert (again.status, again.key_number) == (TransferStatus.PROCESSING, 1)
    assert steps.next_step(again, None) == ResolveOutcome()


def test_a_reversal_is_given_up_after_three_refusals_and_becomes_a_debt():
    transfer, not_now = paid(due_cents=0), CallRefused("Nothing there.", is_passing=True)
    first = transitions.mark_reversal_refused(transfer, reversal(), not_now)
    assert (first.status, first.key_number) == (ReversalStatus.PENDING, 2)
    third = transitions.mark_reversal_refused(paid(due_cents=0, tries=2), reversal(), not_now)
    assert third.status is ReversalStatus.FAILED
    never = transitions.mark_reversal_refused(
        transfer, reversal(), CallRefused("Never.", is_passing=False)
    )
    assert never.status is ReversalStatus.FAILED

    owed = transitions.add_debt(transfer, never)
    assert owed.withheld_cents == -900
    assert owed.reason == (
        "9.00 EUR will be withheld from your next sales. The payout provider says: Never."
    )
    assert steps.next_step(owed, None) == DoNothing()


def test_a_transfer_is_reversed_once_all_of_it_is():
    assert transitions.mark_reversed(paid(), 400).status is TransferStatus.COMPLETED
    assert (
        transitions.mark_reversed(paid(reversed_cents=500), 400).status is TransferStatus.REVERSED
    )


def test_retry_delays_grow_within_bounds_and_have_jitter():
    shortest = [steps.retry_delay(tries, 0.0) for tries in range(1, 12)]
    longest = [steps.retry_delay(tries, 1.0) for tries in range(1, 12)]

    assert longest[:4] == [timedelta(minutes=minutes) for minutes in (1, 3, 9, 27)]
    assert all(short * 2 == long for short, long in zip(shortest, longest, strict=True))
    assert longest == sorted(longest)
    assert longest[-1] == timedelta(hours=12)


@pytest.mark.parametrize(
    ("dues", "total", "distributed"),
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
def test_due_amount_is_distributed_over_the_parts(dues, total, distributed):
    assert amounts.distribute_due(dues, total) == distributed


@given(some.lists(cents, min_size=1, max_size=5), cents)
def test_parts_sum_up_to_the_due_amount(dues, total):
    distributed = amounts.distribute_due(dues, total)

    assert sum(distributed) == total
    assert all(part >= 0 for part in distributed)


def test_the_fee_changes_only_before_the_payment():
    changed = transitions.set_due(pending(), 450, 50)
    assert (changed.due_cents, changed.platform_fee_cents) == (450, 50)
    changed = transitions.set_due(paid(), 450, 50)
    assert (changed.due_cents, changed.platform_fee_cents) == (450, 100)
    assert (
        transitions.set_due(pending(part=2, platform_fee_cents=0), 450, 50).platform_fee_cents == 0
    )


@given(some.integers(-(10**9), 10**9).filter(bool))
def test_ledger_entries_sum_up_to_zero(amount):
    entries = amounts.ledger_entries(processing(), amount)

    assert sum(entry.amount_cents for entry in entries) == 0
    moved = {entry.account.kind: entry.amount_cents for entry in entries}
    assert moved == {
        AccountKind.EARNED: -amount,
        AccountKind.PAID: amount,
        AccountKind.PAYMENTS: amount,
        AccountKind.PAYOUTS: -amount,
    }


@pytest.mark.parametrize(
    ("transfer", "description"),
    [
        (paid(), None),
        (paid(withheld_cents=1234), "12.34 EUR were withheld for refunds of earlier sales."),
        (
            paid(reversed_cents=300),
            "3.00 EUR were taken back for a refund or a disputed payment.",
        ),
        (paid(withheld_cents=-500), "5.00 EUR will be withheld from your next sales."),
        (
            paid(withheld_cents=5, reversed_cents=7),
            (
                "0.05 EUR were withheld for refunds of earlier sales. "
                "0.07 EUR were taken back for a refund or a disputed payment."
            ),
        ),
    ],
)
def test_adjustments_are_described(transfer, description):
    assert amounts.describe_adjustments(transfer) == description


def test_the_shown_amount_is_never_negative():
    refunded = pending(due_cents=200, withheld_cents=500)

    assert amounts.show_transfer(refunded).amount_cents == 0
