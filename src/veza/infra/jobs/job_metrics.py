"""Metrics of the attempts of jobs and of scheduled tasks."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

_BUCKETS = (0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1800)

_JOBS = Counter("veza_job_attempts_total", "Attempts of jobs, by result.", ["job", "result"])
_JOB_SECONDS = Histogram(
    "veza_job_seconds", "Duration of an attempt of a job.", ["job"], buckets=_BUCKETS
)
_SCHEDULES = Counter(
    "veza_scheduled_total", "Runs of scheduled tasks, by result.", ["schedule", "result"]
)
_SCHEDULE_SECONDS = Histogram(
    "veza_scheduled_seconds", "Duration of a scheduled task.", ["schedule"], buckets=_BUCKETS
)


def declare_job(name: str) -> None:
    """Create the series of a job at 0: Prometheus sees no increase from nothing to 1."""
    for result in ("done", "failed", "given_up"):
        _JOBS.labels(name, result)


def declare_schedule(name: str) -> None:
    """Create the series of a scheduled task at 0."""
    for result in ("done", "failed"):
        _SCHEDULES.labels(name, result)


@contextmanager
def timing_job(name: str) -> Generator[None]:
    """Measure how long an attempt inside takes."""
    with _JOB_SECONDS.labels(name).time():
        yield


def count_job(name: str, result: str) -> None:
    """Count an attempt: `done`, `waits`, `dropped`, `failed`, `given_up` or `interrupted`."""
    _JOBS.labels(name, result).inc()


def count_schedule(name: str, started: float, *, has_succeeded: bool) -> None:
    """Count a run of a scheduled task that started at this `time.perf_counter()`."""
    _SCHEDULES.labels(name, "done" if has_succeeded else "failed").inc()
    _SCHEDULE_SECONDS.labels(name).observe(time.perf_counter() - started)
