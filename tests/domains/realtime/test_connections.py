"""What one was told already, and how fast one may talk: by plain values."""

from hypothesis import given
from hypothesis import strategies as st

from veza.domains.realtime.connections import Subscription, TokenBucket


def test_without_a_limit_there_is_always_more() -> None:
    bucket = TokenBucket(0)
    assert all(bucket.take(10**9) for _ in range(100))


def test_twice_as_much_as_a_second_has_is_let_through_at_once() -> None:
    bucket = TokenBucket(0.001)
    assert bucket.take(0.001)
    assert bucket.take(0.0005)
    assert not bucket.take(0.002)


@given(
    head=st.integers(0, 40),
    wishes=st.lists(st.tuples(st.integers(0, 45), st.integers(1, 4)), max_size=12),
)
def test_whatever_one_asks_for_in_turn_nothing_is_left_out(
    head: int, wishes: list[tuple[int, int]]
) -> None:
    """Told in pages of five, and so many of them for one wish."""
    subscription = Subscription(live_from=head, joined_seq=0, delivered_from=head)
    told: list[int] = []
    for wish, pages in wishes:
        since = wish
        for _ in range(pages):
            since, until = subscription.next_undelivered(since)
            reached = max(since, min(since + 5, until))
            told += range(since + 1, min(reached, until) + 1)
            since = reached
            if reached >= until >= subscription.delivered_from:
                break
        subscription.mark_delivered(wish, since)
        if since >= head:
            assert set(range(wish + 1, head + 1)) <= set(told)

    if [wish for wish, _ in wishes] == sorted(wish for wish, _ in wishes):
        assert len(told) == len(set(told)), "Who goes on asking is told nothing twice."
    assert all(seq <= head for seq in told)
