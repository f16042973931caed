"""Delivered ranges and rate limits of a connection, with plain values."""

from hypothesis import given
from hypothesis import strategies as st

from veza.domains.realtime.connections import Subscription, TokenBucket


def test_a_token_bucket_without_limit_never_empties() -> None:
    bucket = TokenBucket(0)
    assert all(bucket.take(10**9) for _ in range(100))


def test_a_token_bucket_allows_a_burst_of_two_seconds() -> None:
    bucket = TokenBucket(0.001)
    assert bucket.take(0.001)
    assert bucket.take(0.0005)
    assert not bucket.take(0.002)


@given(
    head=st.integers(0, 40),
    wishes=st.lists(st.tuples(st.integers(0, 45), st.integers(1, 4)), max_size=12),
)
def test_any_sequence_of_syncs_delivers_everything(
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
