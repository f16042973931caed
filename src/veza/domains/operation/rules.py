"""Decisions without I/O: what the state of the parts means for the whole."""

from collections.abc import Mapping

from veza.domains.operation.models import Check, Fitness, Health, Readiness

# Without these nothing can be served; without the others less, or more slowly.
_VITAL = ("database", "storage")
# Uploads would fail in the middle.
MIN_FREE_BYTES = 512 * 1024 * 1024


def fitness(checks: Mapping[str, Check]) -> Fitness:
    """Judge the whole by its parts."""
    bad = {name for name, check in checks.items() if check.status is Health.ERROR}
    if bad & set(_VITAL):
        return Fitness.UNHEALTHY
    return Fitness.DEGRADED if bad else Fitness.HEALTHY


def readiness(checks: Mapping[str, Check]) -> Readiness:
    """Judge whether requests should come here."""
    return {
        Fitness.HEALTHY: Readiness.READY,
        Fitness.DEGRADED: Readiness.DEGRADED,
        Fitness.UNHEALTHY: Readiness.NOT_READY,
    }[fitness(checks)]
