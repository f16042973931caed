"""What each fact makes of an order in each state, by plain values."""

from uuid import UUID

import pytest
from msgspec import structs

from tests.domains.marketplace.orders.states import ANN, BEN, BUYER, REFUND, SUBJECTS, line, order
from veza.core.ids import OrderId, OrderItemId, RefundId, new_id
from veza.domains.marketplace.ledger.models import PostingKind
from veza.domains.marketplace.orders import rules
from veza.domains.marketplace.orders.events import (
    OrderDisputed,
    OrderFailed,
    OrderPaid,
    OrderRefunded,
    OrderToReturn,
)
from veza.domains.marketplace.orders.models import (
    AmountDue,
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    PaymentUnresolved,
    RefundBegun,
    RefundFailed,
    RefundMade,
    Transition,
)

MADE = PaymentMade(1500, "EUR")


def after(state, *facts):
    """The state after some facts."""
    for fact in facts:
        state = rules.move(state, fact).order
    return state


def amounts(posting):
    """What moves, by account: sellers' by whose they are."""
    owners = {SUBJECTS[ANN]: "ann", SUBJECTS[BEN]: "ben"}
    return {
        owners.get(entry.account.subject_id, entry.account.kind.value): entry.amount_cents
        for entry in posting.entries
        if entry.amount_cents
    }


def ids(lines):
    return [each.id for each in lines]


PENDING = order()
FIRST, SECOND = PENDING.lines
WHOLE, PART = RefundBegun(REFUND, [FIRST.id, SECOND.id]), RefundBegun(REFUND, [FIRST.id])
STATES = {
    "pending": PENDING,
    "failed": after(PENDING, PaymentFailed("No funds")),
    "cancelled": after(PENDING, PaymentExpired()),
    "paid": after(PENDING, MADE),
    "refund_pending": after(PENDING, MADE, PART),
    "partially_refunded": after(PENDING, MADE, PART, RefundMade(REFUND)),
    "refunded": after(PENDING, MADE, WHOLE, RefundMade(REFUND)),
    "late": after(PENDING, PaymentExpired(), MADE),
    "late_refund": after(PENDING, PaymentExpired(), MADE, WHOLE),
    "returned": after(PENDING, PaymentExpired(), MADE, WHOLE, RefundMade(REFUND)),
    "disputed": after(PENDING, MADE, DisputeOpened("d", 1500)),
    "lost": after(PENDING, MADE, DisputeOpened("d", 1500), DisputeLost("d")),
    "won": after(PENDING, MADE, DisputeOpened("d", 1500), DisputeWon("d")),
}
OTHER, STRANGE = RefundId(UUID(int=7)), OrderItemId(UUID(int=8))
FACTS = {
    "made": MADE,
    "failure": PaymentFailed("No"),
    "expired": PaymentExpired(),
    "begun": RefundBegun(OTHER, [SECOND.id]),
    "refund": RefundMade(REFUND),
    "refund_failed": RefundFailed(REFUND),
    "dispute": DisputeOpened("d", 1500),
    "win": DisputeWon("d"),
    "loss": DisputeLost("d"),
}
# The status after each fact. What isn't here stays as it is.
MOVES = {
    "pending": {"made": "paid", "failure": "failed", "expired": "cancelled"},
    "failed": {"made": "paid", "expired": "cancelled"},
    "cancelled": {"made": "refund_pending"},
    "paid": {"begun": "refund_pending", "dispute": "paid"},
    "refund_pending": {
        "begun": "refund_pending",
        "refund": "partially_refunded",
        "refund_failed": "paid",
        "dispute": "refund_pending",
    },
    "partially_refunded": {"begun": "refund_pending", "dispute": "partially_refunded"},
    "refunded": {"dispute": "refunded"},
    "late": {"begun": "refund_pending", "dispute": "refund_pending"},
    "late_refund": {
        "refund": "refunded",
        "refund_failed": "refund_pending",
        "dispute": "refund_pending",
    },
    "returned": {"dispute": "refunded"},
    "disputed": {"win": "paid", "loss": "refunded"},
    "lost": {},
    "won": {"begun": "refund_pending"},
}
# These hear of the end of a dispute before its beginning, and keep it in mind.
_REMEMBERS = {"win", "loss"}
# Of a dispute of what isn't paid, people have to know.
_FLAGS = {("dispute", "pending"), ("dispute", "failed"), ("dispute", "cancelled")}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_the_status_that_it_should(state):
    expected = {
        "late": "refund_pending",
        "late_refund": "refund_pending",
        "returned": "refunded",
        "disputed": "paid",
        "lost": "refunded",
        "won": "paid",
    }
    assert STATES[state].status == expected.get(state, state)


@pytest.mark.parametrize("fact", FACTS)
@pytest.mark.parametrize("state", STATES)
def test_every_fact_in_every_state(state, fact):
    before = STATES[state]
    move = rules.move(before, FACTS[fact])

    assert move.order.status == MOVES[state].get(fact, before.status)
    if fact in MOVES[state]:
        assert move.order != before
    else:
        assert (move.granted, move.taken, move.posting, move.events) == ([], [], None, [])
        is_noted = (fact in _REMEMBERS and before.is_paid and not before.disputes) or (
            fact,
            state,
        ) in _FLAGS
        assert (move.order != before) == is_noted


@pytest.mark.parametrize("fact", FACTS)
@pytest.mark.parametrize("state", STATES)
def test_what_is_told_twice_moves_once(state, fact):
    once = rules.move(STATES[state], FACTS[fact]).order
    twice = rules.move(once, FACTS[fact])

    assert twice == rules.Move(once)


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_the_money_makes_the_buyer_own_it_and_is_shared(state):
    move = rules.move(STATES[state], MADE)

    assert move.events == [OrderPaid(PENDING.id, BUYER, [ANN, BEN])]
    assert ids(move.granted) == [FIRST.id, SECOND.id]
    assert (move.posting.kind, move.posting.reference_id) == (PostingKind.SALE, PENDING.id)
    assert amounts(move.posting) == {"payments": -1500, "ann": 900, "ben": 450, "fees": 150}
    assert move.order.reason is None


@pytest.mark.parametrize("fact", [PaymentMade(1499, "EUR"), PaymentMade(1500, "USD")])
@pytest.mark.parametrize("state", STATES)
def test_another_amount_or_currency_pays_nothing_and_is_flagged(state, fact):
    before = STATES[state]
    move = rules.move(before, fact)

    assert move.order.is_flagged
    assert (move.order.status, move.posting, move.events) == (before.status, None, [])
    # The right one still pays.
    assert after(PENDING, fact, MADE).status == "paid"


def test_money_that_comes_too_late_has_to_go_back():
    move = rules.move(STATES["cancelled"], MADE)

    assert move.events == [OrderToReturn(PENDING.id)]
    assert move.granted == []
    assert (move.posting.kind, move.posting.reference_id) == (PostingKind.LATE_PAYMENT, PENDING.id)
    assert amounts(move.posting) == {"payments": -1500, "returns": 1500}
    assert rules.come_late(PENDING).order.status == "refund_pending"


def test_money_of_a_buyer_who_is_gone_has_to_go_back():
    move = rules.move(order(buyer_id=None), MADE)

    assert [type(event) for event in move.events] == [OrderToReturn]


def test_what_came_too_late_goes_back_whole():
    move = rules.move(STATES["late_refund"], RefundMade(REFUND))

    assert (move.posting.kind, move.posting.reference_id) == (PostingKind.RETURN, REFUND)
    assert amounts(move.posting) == {"payments": 1500, "returns": -1500}
    assert (move.taken, move.events) == ([], [])


def test_that_what_came_too_late_could_not_go_back_is_flagged():
    move = rules.move(STATES["late_refund"], RefundFailed(REFUND, "Card closed"))

    assert (move.order.status, move.order.is_flagged) == ("refund_pending", True)
    assert not rules.move(STATES["refund_pending"], RefundFailed(REFUND)).order.is_flagged
    # Somebody may try again, under the same id too.
    assert after(move.order, WHOLE, RefundMade(REFUND)).status == "refunded"


def test_a_failure_is_told_with_its_reason():
    move = rules.move(PENDING, PaymentFailed("No funds"))

    assert (move.order.reason, move.events) == ("No funds", [OrderFailed(PENDING.id)])


def test_a_refund_takes_back_what_its_lines_brought():
    move = rules.move(STATES["refund_pending"], RefundMade(REFUND))

    assert move.events == [OrderRefunded(PENDING.id, REFUND, [FIRST.id])]
    assert ids(move.taken) == [FIRST.id]
    assert amounts(move.posting) == {"payments": 1000, "ann": -900, "fees": -100}


@pytest.mark.parametrize(
    "item_ids",
    [[], [STRANGE], [FIRST.id, STRANGE], [FIRST.id, FIRST.id]],
    ids=["none", "another's", "one of another's", "twice"],
)
def test_only_lines_of_the_order_are_refunded(item_ids):
    assert rules.move(STATES["paid"], RefundBegun(OTHER, item_ids)) == rules.Move(STATES["paid"])


def test_two_refunds_of_different_lines_go_side_by_side():
    both = after(STATES["refund_pending"], RefundBegun(OTHER, [SECOND.id]))

    assert after(both, RefundMade(OTHER)).status == "refund_pending"
    assert after(both, RefundMade(OTHER), RefundMade(REFUND)).status == "refunded"
    assert after(both, RefundFailed(OTHER), RefundMade(REFUND)).status == "partially_refunded"


@pytest.mark.parametrize("state", ["disputed", "lost"])
def test_what_the_bank_has_taken_back_is_not_refunded_too(state):
    assert rules.move(STATES[state], WHOLE) == rules.Move(STATES[state])


def test_a_dispute_takes_the_money_back_and_not_yet_what_it_bought():
    move = rules.move(STATES["paid"], DisputeOpened("d", 1500))

    assert move.events == [OrderDisputed(PENDING.id)]
    assert move.taken == []
    assert move.order.is_flagged
    assert (move.posting.kind, move.posting.reference_id) == (
        PostingKind.DISPUTE,
        rules.dispute_id(PENDING.id, "d"),
    )
    assert amounts(move.posting) == {"payments": 1500, "ann": -900, "ben": -450, "fees": -150}


def test_a_lost_dispute_takes_what_it_bought():
    move = rules.move(STATES["disputed"], DisputeLost("d"))

    assert (ids(move.taken), move.posting) == ([FIRST.id, SECOND.id], None)


def test_a_won_dispute_gives_everything_again():
    move = rules.move(STATES["disputed"], DisputeWon("d"))

    assert (move.granted, move.posting.kind) == ([], PostingKind.DISPUTE_WON)
    assert amounts(move.posting) == {"payments": -1500, "ann": 900, "ben": 450, "fees": 150}
    assert rules.list_dues(move.order) == rules.list_dues(STATES["paid"])


def test_a_dispute_of_a_part_is_shared_among_the_lines():
    disputed = rules.move(STATES["paid"], DisputeOpened("d", 300))
    lost = rules.move(disputed.order, DisputeLost("d"))

    assert amounts(disputed.posting) == {"payments": 300, "ann": -180, "ben": -90, "fees": -30}
    assert (lost.order.status, lost.taken) == ("partially_refunded", [])


def test_what_a_dispute_takes_beyond_the_lines_the_platform_bears():
    refunded_in_part = STATES["partially_refunded"]

    move = rules.move(refunded_in_part, DisputeOpened("d", 1500))

    assert amounts(move.posting) == {"payments": 1500, "ben": -450, "fees": -1050}


def test_a_refund_of_what_was_disputed_takes_nothing_from_the_seller_twice():
    move = rules.move(after(STATES["refund_pending"], DisputeOpened("d", 1500)), RefundMade(REFUND))

    assert amounts(move.posting) == {"payments": 1000, "fees": -1000}
    assert rules.list_dues(move.order) == [
        AmountDue(ANN, SUBJECTS[ANN], "EUR", 0, 0),
        AmountDue(BEN, SUBJECTS[BEN], "EUR", 0, 0),
    ]


def test_the_end_of_a_dispute_may_come_before_its_beginning():
    lost = after(STATES["paid"], DisputeLost("d"))
    assert lost.status == "paid"
    assert rules.move(lost, DisputeOpened("d", 1500)).order.status == "refunded"

    won = after(STATES["paid"], DisputeWon("d"))
    assert rules.move(won, DisputeOpened("d", 1500)).posting is None


def test_the_first_end_of_a_dispute_holds():
    assert rules.move(STATES["lost"], DisputeWon("d")) == rules.Move(STATES["lost"])
    assert rules.move(STATES["won"], DisputeLost("d")) == rules.Move(STATES["won"])


@pytest.mark.parametrize("amount", [0, -5])
def test_a_dispute_about_nothing_is_flagged(amount):
    move = rules.move(STATES["paid"], DisputeOpened("d", amount))

    assert (move.order.is_flagged, move.posting, move.order.disputes) == (True, None, [])


def test_what_came_too_late_and_was_disputed_goes_back_when_that_is_won():
    disputed = rules.move(STATES["late"], DisputeOpened("d", 1500))
    assert amounts(disputed.posting) == {"payments": 1500, "returns": -1500}
    assert rules.move(disputed.order, WHOLE) == rules.Move(disputed.order)

    won = rules.move(disputed.order, DisputeWon("d"))

    assert won.events == [OrderDisputed(PENDING.id), OrderToReturn(PENDING.id)]
    assert amounts(won.posting) == {"payments": -1500, "returns": 1500}


def test_what_is_left_of_what_came_too_late_goes_back_once_a_dispute_is_won():
    state = after(STATES["late"], PART, DisputeOpened("d", 1500))

    won = rules.move(state, DisputeWon("d"))

    assert won.events == [OrderDisputed(PENDING.id), OrderToReturn(PENDING.id)]
    begun = after(STATES["late"], WHOLE, DisputeOpened("d", 1500))
    assert rules.move(begun, DisputeWon("d")).events == [OrderDisputed(PENDING.id)]


def test_of_what_came_too_late_nothing_has_to_go_back_for_what_was_free():
    mixed = order(line(1000), line(0, BEN))
    late = after(mixed, PaymentExpired(), PaymentMade(1000, "EUR"))
    begun = after(late, RefundBegun(REFUND, [mixed.lines[0].id]))

    assert (late.status, begun.status) == ("refund_pending", "refund_pending")
    assert after(begun, RefundMade(REFUND)).status == "refunded"


def test_a_free_order_moves_no_money():
    free = order(line(0), line(0, BEN))
    move = rules.move(free, PaymentMade(0, "EUR"))

    assert (move.order.status, move.posting) == ("paid", None)
    begun = after(move.order, RefundBegun(REFUND, ids(free.lines)))
    assert ids(rules.move(begun, RefundMade(REFUND)).taken) == ids(free.lines)


def test_what_is_due_is_told_by_seller():
    three = order(line(999, ANN), line(50, BEN), line(1, ANN))
    assert rules.list_dues(after(three, PaymentMade(1050, "EUR"))) == [
        AmountDue(ANN, SUBJECTS[ANN], "EUR", 900, 100),
        AmountDue(BEN, SUBJECTS[BEN], "EUR", 45, 5),
    ]
    assert [due.due_cents for due in rules.list_dues(three)] == [0, 0]
    assert [due.due_cents for due in rules.list_dues(STATES["partially_refunded"])] == [0, 450]
    assert [due.fee_cents for due in rules.list_dues(STATES["partially_refunded"])] == [0, 50]
    assert [due.due_cents for due in rules.list_dues(STATES["late"])] == [0, 0]


def test_a_payment_is_named_after_its_order():
    order_id = OrderId(new_id())
    named = rules.payment_ref(order_id)

    assert len(named) <= 30
    assert rules.order_id_of(named) == order_id
    for text in ("", "p", "pay_123", named.upper(), named[:-1], named + "a", "r" + named[1:], "pé"):
        assert rules.order_id_of(text) is None


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_a_payment_of_an_overdue_order_is_returned_in_full(state):
    overdue = structs.replace(STATES[state], is_overdue=True)
    moved = rules.move(overdue, MADE)

    assert moved.order.status == "refund_pending"
    assert moved.granted == []
    assert moved.events == [OrderToReturn(overdue.id)]
    assert amounts(moved.posting) == {"payments": -1500, "returns": 1500}


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_an_unresolved_payment_keeps_an_order_open_only_until_it_is_overdue(state):
    assert rules.move(STATES[state], PaymentUnresolved()) == Transition(STATES[state])

    overdue = structs.replace(STATES[state], is_overdue=True)
    assert rules.move(overdue, PaymentUnresolved()).order.status == "cancelled"
