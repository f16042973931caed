"""What the state of the parts means for the whole."""

import pytest

from veza.domains.platform.monitoring.models import (
    CheckResult,
    CheckStatus,
    OverallHealth,
    Readiness,
)
from veza.domains.platform.monitoring.rules import overall_health, readiness

PARTS = ["database", "redis", "storage", "disk"]


@pytest.mark.parametrize(
    ("bad", "whole", "ready"),
    [
        ([], OverallHealth.HEALTHY, Readiness.READY),
        (["redis"], OverallHealth.DEGRADED, Readiness.DEGRADED),
        (["disk"], OverallHealth.DEGRADED, Readiness.DEGRADED),
        (["redis", "disk"], OverallHealth.DEGRADED, Readiness.DEGRADED),
        (["database"], OverallHealth.UNHEALTHY, Readiness.NOT_READY),
        (["storage"], OverallHealth.UNHEALTHY, Readiness.NOT_READY),
        (["database", "redis"], OverallHealth.UNHEALTHY, Readiness.NOT_READY),
        (PARTS, OverallHealth.UNHEALTHY, Readiness.NOT_READY),
    ],
)
def test_overall_health_follows_from_the_checks(
    bad: list[str], whole: OverallHealth, ready: Readiness
) -> None:
    checks = {
        name: CheckResult(CheckStatus.ERROR if name in bad else CheckStatus.OK) for name in PARTS
    }

    assert overall_health(checks) is whole
    assert readiness(checks) is ready
