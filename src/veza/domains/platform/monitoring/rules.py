"""Decisions without I/O: what the state of the parts means for the whole."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec

from veza.core.ids import JobId
from veza.domains.platform.monitoring.models import Check, Fitness, Health, Readiness

# Without these nothing can be served; without the others less, or more slowly.
_VITAL = ("database", "storage")
# Uploads would fail in the middle.
MIN_FREE_BYTES = 512 * 1024 * 1024
# What the queue counts to.
_MAX_JOB_NUMBER = 2**63 - 1


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


def id_of_job(number: int) -> JobId:
    """Show the number of a job in the queue as an id like all others."""
    return JobId(UUID(int=number))


def number_of_job(job_id: UUID) -> int | None:
    """Tell which number an id stands for; None where it is no job's."""
    return job_id.int if job_id.int <= _MAX_JOB_NUMBER else None


def subjects_of(payload: bytes) -> dict[str, UUID]:
    """Tell what a job is about: the ids that it names. All else may be secret, and stays inside."""
    try:
        fields = msgspec.json.decode(payload, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}
    subjects: dict[str, UUID] = {}
    for name, value in fields.items():
        if name == "id" or name.endswith("_id"):
            with suppress(msgspec.ValidationError):
                subjects[name] = msgspec.convert(value, UUID)
    return subjects
