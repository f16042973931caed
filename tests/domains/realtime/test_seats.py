"""What one was told already, and how fast one may talk: by plain values."""

from hypothesis import given
from hypothesis import strategies as st

from veza.domains.realtime.connections import Pace, Spot


def test_without_a_limit_there_is_always_more() -> None:
    pace = Pace(0)
    assert all(pace.take(10**9) for _ in range(100))


def test_twice_as_much_as_a_second_has_is_let_through_at_once() -> None:
    pace = Pace(0.001)
    assert pace.take(0.001)
    assert pace.take(0.0005)
    assert not pace.take(0.002)


@given(
    head=st.integers(0, 40),
    wishes=st.lists(st.tuples(st.integers(0, 45), st.integers(1, 4)), max_size=12),
)
def test_whatever_one_asks_for_in_turn_nothing_is_left_out(
    head: int, wishes: list[tuple[int, int]]
) -> None:
    """Told in pages of five, and so many of them for one wish."""
    spot = Spot(start=head, joined_seq=0, told_since=head)
    told: list[int] = []
    for wish, pages in wishes:
        since = wish
        for _ in range(pages):
            since, until = spot.find_untold(since)
            reached = max(since, min(since + 5, until))
            told += range(since + 1, min(reached, until) + 1)
            since = reached
            if reached >= until >= spot.told_since:
                break
        spot.note_told(wish, since)
        if since >= head:
            assert set(range(wish + 1, head + 1)) <= set(told)

    if [wish for wish, _ in wishes] == sorted(wish for wish, _ in wishes):
        assert len(told) == len(set(told)), "Who goes on asking is told nothing twice."
    assert all(seq <= head for seq in told)
