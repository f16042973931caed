"""The nouns of the domain, as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import UNSET, Struct, UnsetType


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


class DeepHealth(Struct, frozen=True):
    """Every part that we depend on, and what is configured, without secrets."""

    status: Fitness
    timestamp: datetime
    checks: dict[str, Check]
    config: dict[str, Any]
