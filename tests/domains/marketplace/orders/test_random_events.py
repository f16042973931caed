"""Events in any order and number keep balances and licences consistent."""

from collections import Counter, defaultdict
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.domains.marketplace.orders.order_states import (
    ANN,
    BEN,
    CAT,
    SUBJECTS,
    line,
    order,
)
from veza.core.ids import RefundId, new_id
from veza.domains.marketplace.ledger.models import AccountKind
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    OrderStatus,
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    RefundBegun,
    RefundFailed,
    RefundMade,
)
from veza.domains.marketplace.orders.rules import amounts, transitions, units

_REFUNDS = [RefundId(new_id()) for _ in range(3)]
_DISPUTES = ["one", "two", "three"]
_PRICES = st.one_of(st.just(0), st.integers(50, 3000), st.integers(50, 100_000_000))
_RATES = st.sampled_from(["0", "0.05", "0.10", "0.3333", "1"])


@st.composite
def parts(draw):
    """Draw how a line is split: not at all, or between some, in any order."""
    parties = draw(st.permutations([ANN, BEN, CAT]))[: draw(st.integers(0, 3))]
    bounds = sorted(
        draw(
            st.lists(
                st.integers(1, 9999),
                min_size=max(len(parties) - 1, 0),
                max_size=max(len(parties) - 1, 0),
                unique=True,
            )
        )
    )
    ends = zip([0, *bounds], [*bounds, 10_000], strict=True)
    return list(zip(parties, (last - first for first, last in ends), strict=False))


@st.composite
def histories(draw):
    """Draw an order and a list of events: any, in any order, any number of times."""
    rate = draw(_RATES)
    lines = [
        line(price, draw(st.sampled_from([ANN, BEN])), rate, draw(parts()))
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


@given(histories())
def test_a_unit_is_held_by_who_may_pay_or_has_bought_and_given_back_once(history):
    state, events = history
    state = structs.replace(
        state, lines=[structs.replace(each, holds_unit=True) for each in state.lines]
    )
    back = Counter()
    for event in events:
        change = transitions.transition(state, event)
        before, state = state, units.release_units(change.order)
        back.update(given_back := units.list_given_back(before, state))
        # All that the change concerns is locked at once, in one order.
        concerned = {each.product_id for each in (*change.granted, *change.revoked)}
        assert units.list_moved(before, change) == sorted(concerned | set(given_back))
        is_payable = state.status in {OrderStatus.PENDING, OrderStatus.FAILED}
        for each in state.lines:
            is_needed = is_payable or amounts.is_licensed(state, each)
            assert each.holds_unit == is_needed == (back[each.product_id] == 0)
    assert set(back.values()) <= {1}


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
    dues = defaultdict(int)
    for each in state.lines:
        due = amounts.line_due_cents(state, each)
        assert 0 <= due <= each.net_cents
        for party, cents in _divide(each, due).items():
            dues[party] += cents
    for party in (ANN, BEN, CAT):
        assert balances[AccountKind.EARNED, SUBJECTS[party]] == dues[party] >= 0
    found = amounts.list_amounts_due(state)
    assert {one.seller_id: one.due_cents for one in found if one.due_cents} == {
        party: cents for party, cents in dues.items() if cents
    }
    assert all(one.fee_cents >= 0 for one in found)
    assert sum(one.fee_cents + one.due_cents for one in found) == sum(
        amounts.remaining_cents(state, each)
        for each in state.lines
        if amounts.is_licensed(state, each)
    )
    assert -balances[AccountKind.PAYMENTS, None] == _received_cents(state)
    assert state.came_late or balances[AccountKind.RETURNS, None] == 0
    assert not state.came_late or balances[AccountKind.FEES, None] == 0
    assert all(
        0 <= amounts.line_due_cents(state, each) <= amounts.remaining_cents(state, each)
        for each in state.lines
    )
    assert not (before.is_paid and not state.is_paid)
    assert before.is_paid or state.is_paid or not change.posting


def _divide(each, cents):
    """Return what each party of a line has of an amount: the largest remainders get a cent more."""
    sharers = [(part.party_id, part.parts_per_10000) for part in each.parts]
    exact = [
        (party, Fraction(cents * of, 10_000)) for party, of in sharers or [(each.seller_id, 10_000)]
    ]
    whole = {party: int(share) for party, share in exact}
    left = cents - sum(whole.values())
    for party, _ in sorted(exact, key=lambda one: int(one[1]) - one[1])[:left]:
        whole[party] += 1
    return whole


def _received_cents(state):
    """Return what the provider received, less what was refunded or disputed."""
    if not state.is_paid:
        return 0
    refunded = sum(each.price_cents for each in state.lines if each.is_refunded)
    disputed = sum(each.amount_cents or 0 for each in state.disputes if each.status != "won")
    return state.total_cents - refunded - disputed


def _ids(lines):
    return {each.id for each in lines}
