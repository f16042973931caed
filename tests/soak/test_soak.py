"""Two minutes of the soak test, with little load: nothing fails, and nothing grows fast."""

import pytest

from tests.soak.run import soak

pytestmark = pytest.mark.long


def test_a_server_does_not_grow_under_a_steady_load():
    assert soak(2, pace=0.1, slack=4).list_problems() == []
