"""Every event in every state of an order, with plain values."""

from uuid import UUID

import pytest
from msgspec import structs

from tests.domains.marketplace.orders.order_states import (
    ANN,
    BEN,
    BUYER,
    CAT,
    REFUND,
    SUBJECTS,
    line,
    order,
)
from veza.core.ids import OrderId, OrderItemId, RefundId, new_id
from veza.domains.marketplace.ledger.models import PostingKind
from veza.domains.marketplace.orders.events import (
    OrderDisputed,
    OrderFailed,
    OrderPaid,
    OrderRefunded,
    OrderToReturn,
)
from veza.domains.marketplace.orders.models.state import (
    AmountDue,
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    GiftReturned,
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    PaymentUnresolved,
    RefundBegun,
    RefundFailed,
    RefundMade,
    Transition,
)
from veza.domains.marketplace.orders.rules.amounts import list_amounts_due
from veza.domains.marketplace.orders.rules.transitions import (
    accept_late_payment,
    dispute_id,
    transition,
)
from veza.domains.marketplace.orders.service import settlement

MADE = PaymentMade(1500, "EUR")


def after(state, *events):
    """Return the state after some events."""
    for event in events:
        state = transition(state, event).order
    return state


def amounts(posting):
    """Return the amounts of a posting by account, sellers' by name."""
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
EVENTS = {
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
# The status after each event. An event that is missing does not change it.
STATUSES = {
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
# The result of a dispute may arrive before the dispute, and is remembered.
_REMEMBERED = {"win", "loss"}
# A dispute of an unpaid order flags it.
_FLAGGED = {("dispute", "pending"), ("dispute", "failed"), ("dispute", "cancelled")}


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


@pytest.mark.parametrize("state", STATES)
def test_every_event_in_every_state(state):
    before = STATES[state]
    for name, event in EVENTS.items():
        change = transition(before, event)

        assert change.order.status == STATUSES[state].get(name, before.status), name
        if name in STATUSES[state]:
            assert change.order != before, name
        else:
            assert change == Transition(change.order), name
            is_remembered = name in _REMEMBERED and before.is_paid and not before.disputes
            is_noted = is_remembered or (name, state) in _FLAGGED
            assert (change.order != before) == is_noted, name


@pytest.mark.parametrize("state", STATES)
def test_an_event_applied_twice_changes_the_order_once(state):
    for event in EVENTS.values():
        once = transition(STATES[state], event).order
        assert transition(once, event) == Transition(once), event


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_the_money_makes_the_buyer_own_it_and_is_shared(state):
    change = transition(STATES[state], MADE)

    assert change.events == [OrderPaid(PENDING.id, BUYER, [ANN, BEN])]
    assert ids(change.granted) == [FIRST.id, SECOND.id]
    assert (change.posting.kind, change.posting.reference_id) == (PostingKind.SALE, PENDING.id)
    assert amounts(change.posting) == {"payments": -1500, "ann": 900, "ben": 450, "fees": 150}
    assert change.order.reason is None


@pytest.mark.parametrize("event", [PaymentMade(1499, "EUR"), PaymentMade(1500, "USD")])
def test_another_amount_or_currency_pays_nothing_and_is_flagged(event):
    for before in STATES.values():
        change = transition(before, event)

        assert change.order.is_flagged
        assert (change.order.status, change.posting, change.events) == (before.status, None, [])
    # The right amount still pays.
    assert after(PENDING, event, MADE).status == "paid"


def test_money_that_comes_too_late_has_to_go_back():
    change = transition(STATES["cancelled"], MADE)

    assert change.events == [OrderToReturn(PENDING.id)]
    assert change.granted == []
    assert (change.posting.kind, change.posting.reference_id) == (
        PostingKind.LATE_PAYMENT,
        PENDING.id,
    )
    assert amounts(change.posting) == {"payments": -1500, "returns": 1500}
    assert accept_late_payment(PENDING).order.status == "refund_pending"


def test_money_of_a_buyer_who_is_gone_has_to_go_back():
    change = transition(order(buyer_id=None), MADE)

    assert [type(event) for event in change.events] == [OrderToReturn]


def test_what_came_too_late_goes_back_whole():
    change = transition(STATES["late_refund"], RefundMade(REFUND))

    assert (change.posting.kind, change.posting.reference_id) == (PostingKind.RETURN, REFUND)
    assert amounts(change.posting) == {"payments": 1500, "returns": -1500}
    assert (change.revoked, change.events) == ([], [])


def test_that_what_came_too_late_could_not_go_back_is_flagged():
    change = transition(STATES["late_refund"], RefundFailed(REFUND, "Card closed"))

    assert (change.order.status, change.order.is_flagged) == ("refund_pending", True)
    assert not transition(STATES["refund_pending"], RefundFailed(REFUND)).order.is_flagged
    # Somebody may try again, under the same id too.
    assert after(change.order, WHOLE, RefundMade(REFUND)).status == "refunded"


def test_a_failure_is_told_with_its_reason():
    change = transition(PENDING, PaymentFailed("No funds"))

    assert (change.order.reason, change.events) == ("No funds", [OrderFailed(PENDING.id)])


def test_a_refund_takes_back_what_its_lines_brought():
    change = transition(STATES["refund_pending"], RefundMade(REFUND))

    assert change.events == [OrderRefunded(PENDING.id, REFUND, [FIRST.id])]
    assert ids(change.revoked) == [FIRST.id]
    assert amounts(change.posting) == {"payments": 1000, "ann": -900, "fees": -100}


@pytest.mark.parametrize(
    "item_ids",
    [[], [STRANGE], [FIRST.id, STRANGE], [FIRST.id, FIRST.id]],
    ids=["none", "another's", "one of another's", "twice"],
)
def test_only_lines_of_the_order_are_refunded(item_ids):
    assert transition(STATES["paid"], RefundBegun(OTHER, item_ids)) == Transition(STATES["paid"])


def test_two_refunds_of_different_lines_go_side_by_side():
    both = after(STATES["refund_pending"], RefundBegun(OTHER, [SECOND.id]))

    assert after(both, RefundMade(OTHER)).status == "refund_pending"
    assert after(both, RefundMade(OTHER), RefundMade(REFUND)).status == "refunded"
    assert after(both, RefundFailed(OTHER), RefundMade(REFUND)).status == "partially_refunded"


@pytest.mark.parametrize("state", ["disputed", "lost"])
def test_what_the_bank_has_taken_back_is_not_refunded_too(state):
    assert transition(STATES[state], WHOLE) == Transition(STATES[state])


def test_a_dispute_takes_the_money_back_and_not_yet_what_it_bought():
    change = transition(STATES["paid"], DisputeOpened("d", 1500))

    assert change.events == [OrderDisputed(PENDING.id)]
    assert change.revoked == []
    assert change.order.is_flagged
    assert (change.posting.kind, change.posting.reference_id) == (
        PostingKind.DISPUTE,
        dispute_id(PENDING.id, "d"),
    )
    assert amounts(change.posting) == {"payments": 1500, "ann": -900, "ben": -450, "fees": -150}


def test_a_lost_dispute_takes_what_it_bought():
    change = transition(STATES["disputed"], DisputeLost("d"))

    assert (ids(change.revoked), change.posting) == ([FIRST.id, SECOND.id], None)


def test_a_won_dispute_gives_everything_again():
    change = transition(STATES["disputed"], DisputeWon("d"))

    assert (change.granted, change.posting.kind) == ([], PostingKind.DISPUTE_WON)
    assert amounts(change.posting) == {"payments": -1500, "ann": 900, "ben": 450, "fees": 150}
    assert list_amounts_due(change.order) == list_amounts_due(STATES["paid"])


def test_a_dispute_of_a_part_is_shared_among_the_lines():
    disputed = transition(STATES["paid"], DisputeOpened("d", 300))
    lost = transition(disputed.order, DisputeLost("d"))

    assert amounts(disputed.posting) == {"payments": 300, "ann": -180, "ben": -90, "fees": -30}
    assert (lost.order.status, lost.revoked) == ("partially_refunded", [])


def test_what_a_dispute_takes_beyond_the_lines_the_platform_bears():
    refunded_in_part = STATES["partially_refunded"]

    change = transition(refunded_in_part, DisputeOpened("d", 1500))

    assert amounts(change.posting) == {"payments": 1500, "ben": -450, "fees": -1050}


def test_a_refund_of_what_was_disputed_takes_nothing_from_the_seller_twice():
    change = transition(
        after(STATES["refund_pending"], DisputeOpened("d", 1500)), RefundMade(REFUND)
    )

    assert amounts(change.posting) == {"payments": 1000, "fees": -1000}
    assert list_amounts_due(change.order) == [
        AmountDue(ANN, SUBJECTS[ANN], "EUR", 0, 0),
        AmountDue(BEN, SUBJECTS[BEN], "EUR", 0, 0),
    ]


def test_a_payment_for_what_an_erased_party_has_a_part_of_is_returned():
    part = line(1000, ANN, parts=[(ANN, 5000), (BEN, 5000)])
    gone = structs.replace(
        part, parts=[part.parts[0], structs.replace(part.parts[1], party_id=None)]
    )
    change = transition(order(gone), PaymentMade(1000, "EUR"))
    assert (change.order.came_late, change.granted) == (True, [])


def test_parties_get_the_cents_that_are_left_by_their_fractions_and_their_order():
    # The fee of 100 and the net of 901 are divided by thirds.
    thirds = [(BEN, 3333), (CAT, 3333), (ANN, 3334)]
    state = transition(order(line(1001, ANN, parts=thirds)), PaymentMade(1001, "EUR")).order
    assert [(due.seller_id, due.due_cents, due.fee_cents) for due in list_amounts_due(state)] == [
        (BEN, 300, 33),
        (CAT, 300, 33),
        (ANN, 301, 34),
    ]
    halves = [(BEN, 5000), (CAT, 5000)]
    state = transition(order(line(1010, ANN, parts=halves)), PaymentMade(1010, "EUR")).order
    assert [due.due_cents for due in list_amounts_due(state)] == [455, 454]


def test_disputes_of_a_line_take_no_more_of_the_fee_than_there_is():
    # A tenth of 15 is 1.5 each time, rounded to 2, of a fee of 5.
    state = order(line(50))
    state = transition(state, PaymentMade(50, "EUR")).order
    for ref in ("a", "b", "c"):
        state = transition(state, DisputeOpened(ref, 15)).order
        [due] = list_amounts_due(state)
        assert due.fee_cents >= 0
    assert list_amounts_due(state) == [AmountDue(ANN, SUBJECTS[ANN], "EUR", 5, 0)]


def test_the_end_of_a_dispute_may_come_before_its_beginning():
    lost = after(STATES["paid"], DisputeLost("d"))
    assert lost.status == "paid"
    assert transition(lost, DisputeOpened("d", 1500)).order.status == "refunded"

    won = after(STATES["paid"], DisputeWon("d"))
    assert transition(won, DisputeOpened("d", 1500)).posting is None


def test_the_first_end_of_a_dispute_holds():
    assert transition(STATES["lost"], DisputeWon("d")) == Transition(STATES["lost"])
    assert transition(STATES["won"], DisputeLost("d")) == Transition(STATES["won"])


@pytest.mark.parametrize("amount", [0, -5])
def test_a_dispute_about_nothing_is_flagged(amount):
    change = transition(STATES["paid"], DisputeOpened("d", amount))

    assert (change.order.is_flagged, change.posting, change.order.disputes) == (True, None, [])


def test_what_came_too_late_and_was_disputed_goes_back_when_that_is_won():
    disputed = transition(STATES["late"], DisputeOpened("d", 1500))
    assert amounts(disputed.posting) == {"payments": 1500, "returns": -1500}
    assert transition(disputed.order, WHOLE) == Transition(disputed.order)

    won = transition(disputed.order, DisputeWon("d"))

    assert won.events == [OrderDisputed(PENDING.id), OrderToReturn(PENDING.id)]
    assert amounts(won.posting) == {"payments": -1500, "returns": 1500}


def test_what_is_left_of_what_came_too_late_goes_back_once_a_dispute_is_won():
    state = after(STATES["late"], PART, DisputeOpened("d", 1500))

    won = transition(state, DisputeWon("d"))

    assert won.events == [OrderDisputed(PENDING.id), OrderToReturn(PENDING.id)]
    begun = after(STATES["late"], WHOLE, DisputeOpened("d", 1500))
    assert transition(begun, DisputeWon("d")).events == [OrderDisputed(PENDING.id)]


def test_of_what_came_too_late_nothing_has_to_go_back_for_what_was_free():
    mixed = order(line(1000), line(0, BEN))
    late = after(mixed, PaymentExpired(), PaymentMade(1000, "EUR"))
    begun = after(late, RefundBegun(REFUND, [mixed.lines[0].id]))

    assert (late.status, begun.status) == ("refund_pending", "refund_pending")
    assert after(begun, RefundMade(REFUND)).status == "refunded"


def test_a_free_order_moves_no_money():
    free = order(line(0), line(0, BEN))
    change = transition(free, PaymentMade(0, "EUR"))

    assert (change.order.status, change.posting) == ("paid", None)
    begun = after(change.order, RefundBegun(REFUND, ids(free.lines)))
    assert ids(transition(begun, RefundMade(REFUND)).revoked) == ids(free.lines)


def test_what_is_due_is_told_by_seller():
    three = order(line(999, ANN), line(50, BEN), line(1, ANN))
    assert list_amounts_due(after(three, PaymentMade(1050, "EUR"))) == [
        AmountDue(ANN, SUBJECTS[ANN], "EUR", 900, 100),
        AmountDue(BEN, SUBJECTS[BEN], "EUR", 45, 5),
    ]
    assert [due.due_cents for due in list_amounts_due(three)] == [0, 0]
    assert [due.due_cents for due in list_amounts_due(STATES["partially_refunded"])] == [
        0,
        450,
    ]
    assert [due.fee_cents for due in list_amounts_due(STATES["partially_refunded"])] == [
        0,
        50,
    ]
    assert [due.due_cents for due in list_amounts_due(STATES["late"])] == [0, 0]


def test_a_payment_is_named_after_its_order():
    order_id = OrderId(new_id())
    named = settlement.payment_ref(order_id)

    assert len(named) <= 30
    assert settlement.parse_payment_ref(named) == order_id
    for text in ("", "p", "pay_123", named.upper(), named[:-1], named + "a", "r" + named[1:], "pé"):
        assert settlement.parse_payment_ref(text) is None


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_a_payment_of_an_overdue_order_is_returned_in_full(state):
    overdue = structs.replace(STATES[state], is_overdue=True)
    change = transition(overdue, MADE)

    assert change.order.status == "refund_pending"
    assert change.granted == []
    assert change.events == [OrderToReturn(overdue.id)]
    assert amounts(change.posting) == {"payments": -1500, "returns": 1500}


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_an_unresolved_payment_keeps_an_order_open_only_until_it_is_overdue(state):
    assert transition(STATES[state], PaymentUnresolved()) == Transition(STATES[state])

    overdue = structs.replace(STATES[state], is_overdue=True)
    assert transition(overdue, PaymentUnresolved()).order.status == "cancelled"


def test_what_was_received_is_returned_once_without_money_and_nothing_else_is():
    received = structs.replace(line(0), is_received=True)
    other = line(0)
    state = after(order(received, other), PaymentMade(0, "EUR"))
    change = transition(state, GiftReturned(received.id))
    assert [each.id for each in change.revoked] == [received.id]
    assert (change.posting, change.events) == (None, [])
    assert change.order.status == "partially_refunded"
    assert transition(change.order, GiftReturned(received.id)).order == change.order
    assert transition(state, GiftReturned(other.id)).order == state
    unpaid = order(received)
    assert transition(unpaid, GiftReturned(received.id)).posting is None


def test_a_gift_is_granted_and_returned_as_any_line():
    given = structs.replace(line(1000), is_gift=True)
    paid = transition(order(given), PaymentMade(1000, "EUR"))
    assert [each.id for each in paid.granted] == [given.id]
    back = transition(after(paid.order, RefundBegun(REFUND, [given.id])), RefundMade(REFUND))
    assert [each.id for each in back.revoked] == [given.id]
