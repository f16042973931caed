"""Results of health checks, jobs without secrets, settings and traffic."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from veza.core.ids import JobId


class CheckStatus(StrEnum):
    """The result of a health check."""

    OK = "ok"
    ERROR = "error"


class OverallHealth(StrEnum):
    """The health of the server: degraded is slower or less informed, unhealthy can't serve."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class Readiness(StrEnum):
    """Whether this server should receive requests."""

    READY = "ready"
    DEGRADED = "degraded"
    NOT_READY = "not_ready"


class CheckResult(Struct, frozen=True):
    """The result of a health check, with details."""

    status: CheckStatus
    details: dict[str, Any] | UnsetType = UNSET


class LivenessStatus(Struct, frozen=True):
    """The process answers."""

    status: CheckStatus


class ReadinessStatus(Struct, frozen=True):
    """Whether this server should receive requests."""

    status: Readiness


class Connectivity(StrEnum):
    """Whether a component can be reached, or is not configured on this server."""

    OK = "ok"
    ERROR = "error"
    NOT_CONFIGURED = "not_configured"


class ComponentStatus(Struct, frozen=True):
    """The status of a component of the platform."""

    status: Connectivity


class PlatformComponents(Struct, frozen=True):
    """The components of the platform that users notice."""

    database: ComponentStatus
    redis: ComponentStatus
    chat: ComponentStatus
    stream_server: ComponentStatus


class PlatformStatus(Struct, frozen=True):
    """The status of the platform, at most a second old."""

    status: OverallHealth
    version: str
    timestamp: datetime
    services: PlatformComponents


class DeepHealth(Struct, frozen=True):
    """The health of every dependency, and the configuration without secrets."""

    status: OverallHealth
    timestamp: datetime
    checks: dict[str, CheckResult]
    config: dict[str, Any]


# By area and name.
type Statistics = dict[str, dict[str, int]]


class JobStatus(StrEnum):
    """The state of a job; finished jobs are deleted."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"


class AdminJob(Struct, frozen=True):
    """A job as admins see it: its name, the ids it is about, and the type of its last error.

    `due_at` is when it runs next: in the future while it waits for a retry.
    """

    id: JobId
    name: str
    status: JobStatus
    subjects: dict[str, UUID]
    attempts: int
    error: str | None
    created_at: datetime
    updated_at: datetime
    due_at: datetime


class JobPage(Struct, frozen=True):
    """A page of jobs, newest first."""

    jobs: list[AdminJob]
    next_cursor: str | None
    has_more: bool


class SettingSource(StrEnum):
    """The source of the value of a setting."""

    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class EffectiveSetting(Struct, frozen=True):
    """A setting in effect. Of one that may hold a secret, only whether it is set is shown."""

    name: str
    description: str
    source: SettingSource
    is_hidden: bool
    is_set: bool
    value: str | None


class SettingList(Struct, frozen=True):
    """All settings in effect, in the order of the documentation."""

    settings: list[EffectiveSetting]


class TrafficSpan(StrEnum):
    """The period of traffic: shown by five minutes, by the hour, or by six hours."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class TrafficTotal(Struct, frozen=True):
    """Numbers of requests. `failed` are errors of the server, `refused` those by a limit."""

    requests: int
    failed: int
    refused: int


class TrafficPoint(TrafficTotal, frozen=True):
    """The requests from `began_at` on. `mean_ms` is the time until an answer began."""

    began_at: datetime
    mean_ms: int | None


class TrafficReport(Struct, frozen=True):
    """The traffic of all nodes up to now, the earliest point first."""

    points: list[TrafficPoint]
    total: TrafficTotal
