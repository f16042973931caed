"""Facts in any order and number keep the money right."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from tests.domains.marketplace.orders.states import ANN, BEN, SUBJECTS, line, order
from veza.core.ids import RefundId, new_id
from veza.domains.marketplace.ledger.models import AccountKind
from veza.domains.marketplace.orders import rules
from veza.domains.marketplace.orders.models import (
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

_REFUNDS = [RefundId(new_id()) for _ in range(3)]
_DISPUTES = ["one", "two"]
_PRICES = st.one_of(st.just(0), st.integers(50, 3000), st.integers(50, 100_000_000))
_RATES = st.sampled_from(["0", "0.05", "0.10", "0.3333", "1"])


@st.composite
def stories(draw):
    """An order, and what is told of it: any facts, in any order, any number of times."""
    rate = draw(_RATES)
    lines = [
        line(price, draw(st.sampled_from([ANN, BEN])), rate)
        for price in draw(st.lists(_PRICES, min_size=1, max_size=4))
    ]
    told = order(*lines)
    item_ids = st.lists(st.sampled_from([one.id for one in lines]), max_size=4, unique=True)
    amounts = st.one_of(st.just(told.total_cents), st.integers(-1, told.total_cents + 100))
    facts = st.one_of(
        st.just(PaymentMade(told.total_cents, "EUR")),
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
    # Most stories begin with the money, or nothing much would happen.
    start = draw(st.sampled_from([[], [PaymentMade(told.total_cents, "EUR")], [PaymentExpired()]]))
    return told, [*start, *draw(st.lists(facts, max_size=12))]


@given(stories())
def test_facts_in_any_order_and_number_keep_the_money_right(story):
    state, facts = story
    balances = defaultdict(int)
    postings, licences = set(), set()
    for fact in facts:
        moved = rules.move(state, fact)
        _ensure_right(state, moved, balances, postings)
        granted, taken = _ids(moved.granted), _ids(moved.taken)
        assert not granted & licences
        assert taken <= licences
        licences = (licences | granted) - taken
        state = moved.order
    assert licences == {one.id for one in state.lines if rules.is_held(state, one)}


def _ensure_right(before, moved, balances, postings):
    """Add what moves to the balances; whatever it was, they fit the state after it."""
    if moved.posting is not None:
        entries = moved.posting.entries
        assert sum(entry.amount_cents for entry in entries) == 0
        named = (moved.posting.kind, moved.posting.reference_id)
        assert named not in postings
        postings.add(named)
        for entry in entries:
            balances[entry.account.kind, entry.account.subject_id] += entry.amount_cents
    state = moved.order
    for seller in (ANN, BEN):
        lines = [one for one in state.lines if one.seller_id == seller]
        due = sum(rules.due_of(state, one) for one in lines)
        assert 0 <= due <= sum(one.net_cents for one in lines)
        assert balances[AccountKind.EARNED, SUBJECTS[seller]] == due
    assert -balances[AccountKind.PAYMENTS, None] == _taken_in(state)
    assert state.came_late or balances[AccountKind.RETURNS, None] == 0
    assert not state.came_late or balances[AccountKind.FEES, None] == 0
    assert all(0 <= rules.due_of(state, one) <= rules.left_of(state, one) for one in state.lines)
    assert not (before.is_paid and not state.is_paid)
    assert before.is_paid or state.is_paid or not moved.posting


def _taken_in(state):
    """What the company has of an order's money: what came, less what went back."""
    if not state.is_paid:
        return 0
    refunded = sum(one.price_cents for one in state.lines if one.is_refunded)
    disputed = sum(one.amount_cents or 0 for one in state.disputes if one.status != "won")
    return state.total_cents - refunded - disputed


def _ids(lines):
    return {one.id for one in lines}
