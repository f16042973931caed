"""What the state of the parts means for the whole."""

import pytest

from veza.domains.platform.monitoring.models import Check, Fitness, Health, Readiness
from veza.domains.platform.monitoring.rules import fitness, readiness

PARTS = ["database", "redis", "storage", "disk"]


@pytest.mark.parametrize(
    ("bad", "whole", "ready"),
    [
        ([], Fitness.HEALTHY, Readiness.READY),
        (["redis"], Fitness.DEGRADED, Readiness.DEGRADED),
        (["disk"], Fitness.DEGRADED, Readiness.DEGRADED),
        (["redis", "disk"], Fitness.DEGRADED, Readiness.DEGRADED),
        (["database"], Fitness.UNHEALTHY, Readiness.NOT_READY),
        (["storage"], Fitness.UNHEALTHY, Readiness.NOT_READY),
        (["database", "redis"], Fitness.UNHEALTHY, Readiness.NOT_READY),
        (PARTS, Fitness.UNHEALTHY, Readiness.NOT_READY),
    ],
)
def test_the_whole_is_judged_by_its_parts(bad: list[str], whole: Fitness, ready: Readiness) -> None:
    checks = {name: Check(Health.ERROR if name in bad else Health.OK) for name in PARTS}

    assert fitness(checks) is whole
    assert readiness(checks) is ready
