"""Types of requests, their headers and their times."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx

from tests.make import Person

type Announce = Callable[..., Awaitable[httpx.Response]]
type SetFlag = Callable[..., Awaitable[httpx.Response]]
type Switch = Callable[..., Awaitable[httpx.Response]]


def headers_of(person: Person | None) -> dict[str, str]:
    return person.headers if person else {}


def ago(**units: float) -> str:
    return (datetime.now(UTC) - timedelta(**units)).isoformat()


def ahead(**units: float) -> str:
    return (datetime.now(UTC) + timedelta(**units)).isoformat()
