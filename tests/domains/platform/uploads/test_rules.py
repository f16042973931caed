"""What fits and what doesn't, by plain values."""

import pytest

from veza.domains.platform.uploads import rules
from veza.domains.platform.uploads.errors import (
    QuotaExceeded,
    QuotaOfObjectsExceeded,
    TooManyUploads,
)
from veza.domains.platform.uploads.models import CurrentUsage, QuotaLimit, QuotaOverride
from veza.domains.platform.uploads.rules import STEP_BYTES


def standing(size=0, objects=0, *, reserved=0, reserving=0, uploads=0):
    return CurrentUsage(size, objects, reserved, reserving, uploads)


@pytest.mark.parametrize(
    ("stands", "held", "left", "most"),
    [
        (standing(), None, 100, 100),
        (standing(40), None, 60, 60),
        (standing(40, reserved=50), None, 10, 10),
        (standing(90, reserved=50), None, 0, 0),
        # Another domain counts, and a content that is there already needs no room.
        (standing(90, reserved=10), QuotaOverride(30, 100, 5), 60, 60),
        (standing(0, reserved=10), QuotaOverride(95, 100, 50), 0, 50),
    ],
)
def test_what_is_reserved_counts_like_what_is_kept(stands, held, left, most):
    assert rules.left_bytes(QuotaLimit(100), stands, held) == left
    assert rules.most_bytes(QuotaLimit(100), stands, held) == most
    rules.ensure_fits(most, QuotaLimit(100), stands, held)
    with pytest.raises(QuotaExceeded) as refused:
        rules.ensure_fits(most + 1, QuotaLimit(100), stands, held)
    assert refused.value.left_bytes == left


def test_uploads_and_objects_have_a_bound():
    rules.ensure_may_begin(standing(uploads=2), QuotaLimit(1), 3)
    with pytest.raises(TooManyUploads) as refused:
        rules.ensure_may_begin(standing(uploads=3), QuotaLimit(1), 3)
    assert refused.value.retry_after is not None
    rules.ensure_may_begin(standing(objects=1, reserving=1), QuotaLimit(1, 3), 3)
    with pytest.raises(QuotaOfObjectsExceeded):
        rules.ensure_may_begin(standing(objects=2, reserving=1), QuotaLimit(1, 3), 3)


def test_an_upload_that_ends_is_held_to_what_is_kept_alone():
    limit = QuotaLimit(100, 2)
    rules.ensure_may_end(60, limit, standing(40, 1, reserved=100, reserving=9))
    with pytest.raises(QuotaExceeded) as refused:
        rules.ensure_may_end(61, limit, standing(40, 1))
    assert refused.value.left_bytes == 60
    with pytest.raises(QuotaOfObjectsExceeded):
        rules.ensure_may_end(1, limit, standing(40, 2))


def test_no_more_is_reserved_than_there_is():
    assert rules.first_bytes(50, 100) == 50
    assert rules.first_bytes(150, 100) == 100
    assert rules.first_bytes(0, 100) == 100
    assert rules.first_bytes(0, 2 * STEP_BYTES) == STEP_BYTES
    assert rules.next_bytes(10, 100) == 100
    assert rules.next_bytes(10, 2 * STEP_BYTES) == STEP_BYTES + 10
