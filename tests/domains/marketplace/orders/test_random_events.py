"""Events in any order and number keep balances and licences consistent."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from tests.domains.marketplace.orders.order_states import ANN, BEN, SUBJECTS, line, order
from veza.core.ids import RefundId, new_id
from veza.domains.marketplace.ledger.models import AccountKind
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    RefundBegun,
    RefundFailed,
    RefundMade,
)
from veza.domains.marketplace.orders.rules import amounts, transitions

_REFUNDS = [RefundId(new_id()) for _ in range(3)]
_DISPUTES = ["one", "two"]
_PRICES = st.one_of(st.just(0), st.integers(50, 3000), st.integers(50, 100_000_000))
_RATES = st.sampled_from(["0", "0.05", "0.10", "0.3333", "1"])


@st.composite
def histories(draw):
    """Draw an order and a list of events: any, in any order, any number of times."""
    rate = draw(_RATES)
    lines = [
        line(price, draw(st.sampled_from([ANN, BEN])), rate)
        for price in draw(st.lists(_PRICES, min_size=1, max_size=4))
    ]
    pending = order(*lines)
    item_ids = st.lists(st.sampled_from([each.id for each in lines]), max_size=4, unique=True)
    amounts = st.one_of(st.just(pending.total_cents), st.integers(-1, pending.total_cents + 100))
    events = st.one_of(
        st.just(PaymentMade(pending.total_cents, "EUR")),
        st.builds(PaymentMade, amounts, st.sampled_from(["EUR", "USD"])),
        st.builds(PaymentFailed, st.just("No")),
        st.just(PaymentExpired()),
        st.builds(RefundBegun, st.sampled_from(_REFUNDS), item_ids),
        st.builds(RefundMade, st.sampled_from(_REFUNDS)),
        st.builds(RefundFailed, st.sampled_from(_REFUNDS)),
        st.builds(DisputeOpened, st.sampled_from(_DISPUTES), amounts),
        st.builds(DisputeWon, st.sampled_from(_DISPUTES)),
        st.builds(DisputeLost, st.sampled_from(_DISPUTES)),
    )
    # Most begin with the payment: without it, few events change anything.
    start = draw(
        st.sampled_from([[], [PaymentMade(pending.total_cents, "EUR")], [PaymentExpired()]])
    )
    return pending, [*start, *draw(st.lists(events, max_size=12))]


@given(histories())
def test_events_in_any_order_and_number_keep_the_money_right(history):
    state, events = history
    balances = defaultdict(int)
    postings, licences = set(), set()
    for event in events:
        change = transitions.transition(state, event)
        _ensure_consistent(state, change, balances, postings)
        granted, revoked = _ids(change.granted), _ids(change.revoked)
        assert not granted & licences
        assert revoked <= licences
        licences = (licences | granted) - revoked
        state = change.order
    assert licences == {each.id for each in state.lines if amounts.is_licensed(state, each)}


def _ensure_consistent(before, change, balances, postings):
    """Add a posting to the balances, and check them against the state after the event."""
    if change.posting is not None:
        entries = change.posting.entries
        assert sum(entry.amount_cents for entry in entries) == 0
        named = (change.posting.kind, change.posting.reference_id)
        assert named not in postings
        postings.add(named)
        for entry in entries:
            balances[entry.account.kind, entry.account.subject_id] += entry.amount_cents
    state = change.order
    for seller in (ANN, BEN):
        lines = [each for each in state.lines if each.seller_id == seller]
        due = sum(amounts.seller_due_cents(state, each) for each in lines)
        assert 0 <= due <= sum(each.net_cents for each in lines)
        assert balances[AccountKind.EARNED, SUBJECTS[seller]] == due
    assert -balances[AccountKind.PAYMENTS, None] == _received_cents(state)
    assert state.came_late or balances[AccountKind.RETURNS, None] == 0
    assert not state.came_late or balances[AccountKind.FEES, None] == 0
    assert all(
        0 <= amounts.seller_due_cents(state, each) <= amounts.remaining_cents(state, each)
        for each in state.lines
    )
    assert not (before.is_paid and not state.is_paid)
    assert before.is_paid or state.is_paid or not change.posting


def _received_cents(state):
    """Return what the provider received, less what was refunded or disputed."""
    if not state.is_paid:
        return 0
    refunded = sum(each.price_cents for each in state.lines if each.is_refunded)
    disputed = sum(each.amount_cents or 0 for each in state.disputes if each.status != "won")
    return state.total_cents - refunded - disputed


def _ids(lines):
    return {each.id for each in lines}
