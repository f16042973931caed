"""The nouns of the domain, as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from veza.core.ids import JobId


class Health(StrEnum):
    """How a part, or the whole, is."""

    OK = "ok"
    ERROR = "error"


class Fitness(StrEnum):
    """How the whole is, in depth: degraded is slower or blinder, unhealthy can't serve."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class Readiness(StrEnum):
    """Whether to send requests here."""

    READY = "ready"
    DEGRADED = "degraded"
    NOT_READY = "not_ready"


class Check(Struct, frozen=True):
    """What became of asking one part."""

    status: Health
    details: dict[str, Any] | UnsetType = UNSET


class Alive(Struct, frozen=True):
    """The program answers."""

    status: Health


class Ready(Struct, frozen=True):
    """Whether to send requests here."""

    status: Readiness


class Connectivity(StrEnum):
    """Whether a part of the platform can be reached, or isn't there on this server."""

    OK = "ok"
    ERROR = "error"
    NOT_CONFIGURED = "not_configured"


class PartStatus(Struct, frozen=True):
    """How a part of the platform is."""

    status: Connectivity


class PlatformParts(Struct, frozen=True):
    """The parts of the platform that people notice."""

    database: PartStatus
    redis: PartStatus
    chat: PartStatus
    stream_server: PartStatus


class PlatformStatus(Struct, frozen=True):
    """How the platform was at a moment, at most a second ago."""

    status: Fitness
    version: str
    timestamp: datetime
    services: PlatformParts


class DeepHealth(Struct, frozen=True):
    """Every part that we depend on, and what is configured, without secrets."""

    status: Fitness
    timestamp: datetime
    checks: dict[str, Check]
    config: dict[str, Any]


# Of each area, how many there are of what.
type Figures = dict[str, dict[str, int]]


class JobStatus(StrEnum):
    """How a job stands: what is done is gone."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"


class Job(Struct, frozen=True):
    """A job as admins see it: its name, the ids it is about, and the kind of error it ended with.

    `due_at` is when it may be tried: later than now where it waits for its next try.
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
    """One page of jobs, the latest first."""

    jobs: list[Job]
    next_cursor: str | None
    has_more: bool


class DeletedJob(Struct, frozen=True):
    """Which job was forgotten."""

    id: JobId
