"""Decisions on quotas and reservations."""

import pytest

from veza.domains.platform.uploads import rules
from veza.domains.platform.uploads.errors import (
    QuotaExceeded,
    QuotaOfObjectsExceeded,
    TooManyUploads,
)
from veza.domains.platform.uploads.models import CurrentUsage, QuotaLimit
from veza.domains.platform.uploads.rules import STEP_BYTES


def usage_of(size=0, objects=0, *, reserved=0, reserving=0, uploads=0):
    return CurrentUsage(size, objects, reserved, reserving, uploads)


@pytest.mark.parametrize(
    ("usage", "largest", "left", "most"),
    [
        (usage_of(), 0, 100, 100),
        (usage_of(40), 0, 60, 60),
        (usage_of(40, reserved=50), 0, 10, 10),
        (usage_of(90, reserved=50), 0, 0, 0),
        # A content that the member has already needs no space.
        (usage_of(30, reserved=10), 5, 60, 60),
        (usage_of(95, reserved=10), 50, 0, 50),
    ],
)
def test_reserved_bytes_count_like_used_bytes(usage, largest, left, most):
    assert rules.left_bytes(QuotaLimit(100), usage) == left
    assert rules.max_upload_bytes(QuotaLimit(100), usage, largest) == most
    rules.ensure_fits(most, QuotaLimit(100), usage, largest_bytes=largest)
    with pytest.raises(QuotaExceeded) as refused:
        rules.ensure_fits(most + 1, QuotaLimit(100), usage, largest_bytes=largest)
    assert refused.value.left_bytes == left


def test_uploads_and_objects_have_a_bound():
    rules.ensure_may_begin(usage_of(uploads=2), QuotaLimit(1), 3)
    with pytest.raises(TooManyUploads) as refused:
        rules.ensure_may_begin(usage_of(uploads=3), QuotaLimit(1), 3)
    assert refused.value.retry_after is not None
    rules.ensure_may_begin(usage_of(objects=1, reserving=1), QuotaLimit(1, 3), 3)
    with pytest.raises(QuotaOfObjectsExceeded):
        rules.ensure_may_begin(usage_of(objects=2, reserving=1), QuotaLimit(1, 3), 3)


def test_reservations_of_others_do_not_count_when_an_upload_ends():
    limit = QuotaLimit(100, 2)
    rules.ensure_may_end(60, limit, usage_of(40, 1, reserved=100, reserving=9))
    with pytest.raises(QuotaExceeded) as refused:
        rules.ensure_may_end(61, limit, usage_of(40, 1))
    assert refused.value.left_bytes == 60
    with pytest.raises(QuotaOfObjectsExceeded):
        rules.ensure_may_end(1, limit, usage_of(40, 2))


def test_no_more_is_reserved_than_there_is():
    assert rules.first_bytes(50, 100) == 50
    assert rules.first_bytes(150, 100) == 100
    assert rules.first_bytes(0, 100) == 100
    assert rules.first_bytes(0, 2 * STEP_BYTES) == STEP_BYTES
    assert rules.next_bytes(10, 100) == 100
    assert rules.next_bytes(10, 2 * STEP_BYTES) == STEP_BYTES + 10
