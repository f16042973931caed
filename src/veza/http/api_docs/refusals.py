"""The refusals of operations, as components of the document that operations share."""

import zlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from veza.core.access import Access
from veza.core.activities import EmailUnverified
from veza.core.errors import (
    DiskReserveReached,
    Invalid,
    OutOfSpace,
    RequestTimeout,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnderMaintenance,
    VezaError,
    WrongMediaType,
)
from veza.core.profiles import AccountsOnly, HandleMoved, NotYourProfile
from veza.core.step_up import FactorsRequired, StepUpNeeded
from veza.http.layers.rate_limits import RateLimited
from veza.http.responses.errors import Failure, RangeNotSatisfiable, status_of
from veza.http.responses.path_ids import InvalidId
from veza.http.route_classes import is_free
from veza.http.security.authorization import (
    InsufficientScope,
    KeyNotAllowed,
    RoleRequired,
    TwoCredentials,
    access_of,
    activity_of,
    goes_on,
    needs_space,
    publishes,
    right_of,
    scope_of,
    step_up_of,
    takes_json,
)
from veza.http.security.csrf import CsrfFailed
from veza.infra.concurrency.fair_limiter import ServerBusy
from veza.infra.postgres.availability import StatementTimedOut
from veza.infra.valkey.hourly_limits import HourlyLimitReached

type Json = dict[str, Any]

_STATUSES = frozenset(map(int, HTTPStatus))
_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
_EXAMPLE_ID = "r-0198c0de"
_LIMIT_HEADERS: Json = {
    name: {"description": text, "schema": {"type": kind}}
    for name, kind, text in (
        ("Retry-After", "integer", "Seconds to wait before trying again."),
        ("X-RateLimit-Limit", "integer", "The number of requests that the limit allows."),
        ("X-RateLimit-Remaining", "integer", "The number of requests that are left."),
        ("RateLimit", "string", 'The state of the limit: `"address";r=0;t=1`.'),
        ("RateLimit-Policy", "string", 'The limits that apply: `"address";q=100;w=1`.'),
    )
}


def describe_failures() -> Json:
    """Return the schemas of the body of failures, by name."""
    _, schemas = msgspec.json.schema_components(
        [Failure], ref_template="#/components/schemas/{name}"
    )
    # As in successes: generators of clients know no enumeration of booleans.
    schemas["Failure"]["properties"]["success"] = {"const": False}
    return schemas


class SharedRefusals:
    """Collects what the operations of a document refuse, each combination of reasons once."""

    def __init__(self) -> None:
        self._responses: Json = {}
        self._examples: Json = {}

    def describe(self, handler: HTTPRouteHandler, method: str, *, has_id: bool) -> Json:
        """Return the responses of the refusals of an operation: references, by status.

        `has_id` says whether its path has an id in it.
        """
        by_status: dict[int, list[type[VezaError]]] = {}
        kinds = list_refusals(handler, method) + [InvalidId] * has_id
        for kind in kinds:
            found = by_status.setdefault(status_of(kind), [])
            if kind not in found:
                found.append(kind)
        return {
            str(status): {"$ref": f"#/components/responses/{self._share(status, kinds)}"}
            for status, kinds in sorted(by_status.items())
        }

    def list_components(self) -> Json:
        """Return what the references lead to, by kind of component."""
        return {
            "responses": dict(sorted(self._responses.items())),
            "examples": dict(sorted(self._examples.items())),
            "headers": dict(_LIMIT_HEADERS),
        }

    def _share(self, status: int, kinds: list[type[VezaError]]) -> str:
        """Store the response for these reasons, and return its name."""
        kinds = sorted(kinds, key=lambda kind: kind.__name__)
        name = _name([kind.__name__ for kind in kinds])
        response: Json = {
            "description": _describe(status, kinds),
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Failure"},
                    "examples": {
                        kind.code: {"$ref": f"#/components/examples/{kind.__name__}"}
                        for kind in kinds
                    },
                }
            },
        }
        if status == status_of(RateLimited):
            response["headers"] = {
                header: {"$ref": f"#/components/headers/{header}"} for header in _LIMIT_HEADERS
            }
        # Two combinations may not have one checksum.
        assert self._responses.setdefault(name, response) == response, name
        self._examples |= {kind.__name__: _show(kind) for kind in kinds}
        return name


def _name(reasons: Sequence[str]) -> str:
    """Return the reason, or of several a checksum: all names would be long."""
    if len(reasons) == 1:
        return reasons[0]
    return f"R{zlib.crc32(' '.join(reasons).encode()) & 0xFFFFFF:06x}"


def _describe(status: int, kinds: list[type[VezaError]]) -> str:
    """Return the reason, or of several what they have in common: the examples say each."""
    if len(kinds) == 1 or status not in _STATUSES:
        return " ".join(kind.message for kind in kinds)
    return HTTPStatus(status).phrase


def list_refusals(handler: HTTPRouteHandler, method: str) -> list[type[VezaError]]:
    """Return the reasons for which a request to a route may be refused."""
    kinds: list[type[VezaError]] = [*handler.opt.get("errors", [])]
    if handler.opt.get("credentials") != "ignored":
        kinds.append(Unauthenticated)
        kinds.append(KeyNotAllowed if scope_of(handler) is None else InsufficientScope)
        kinds.append(TwoCredentials)
        kinds += [] if handler.opt.get("enrols") else [FactorsRequired]
        if access_of(handler) is not Access.NONE:
            kinds.append(AccountsOnly if right_of(handler) is None else NotYourProfile)
    # Paths with the former name of a member redirect.
    kinds += [HandleMoved] if "username" in handler.parsed_fn_signature.parameters else []
    kinds += [] if step_up_of(handler) is None else [StepUpNeeded]
    is_change = method in _UNSAFE and not handler.opt.get("changes_nothing")
    kinds += [CsrfFailed] if is_change else []
    kinds += [] if is_free(handler) else [RateLimited]
    kinds += [] if activity_of(handler) is None else [HourlyLimitReached]
    kinds += [EmailUnverified] if publishes(handler) else []
    if access_of(handler) not in {Access.NONE, Access.OPTIONAL, Access.USER}:
        kinds.append(RoleRequired)
    kinds += [RangeNotSatisfiable] if handler.opt.get("partial") else []
    kinds += [Invalid]
    if takes_json(handler):
        kinds += [RequestTimeout, TooLarge, WrongMediaType]
    if {"form", "raw"} & handler.opt.keys():
        kinds += [RequestTimeout, WrongMediaType]
    kinds += [DiskReserveReached] if needs_space(handler) else []
    kinds += [OutOfSpace] if is_change else []
    kinds += [] if goes_on(handler) else [UnderMaintenance]
    kinds += [ServerBusy, StatementTimedOut] if "expensive" in handler.opt else []
    kinds += [] if handler.opt.get("unfit") else [Unavailable]
    return kinds


def _show(kind: type[VezaError]) -> Json:
    return {
        "value": {
            "success": False,
            "error": kind.message,
            "code": kind.code,
            "request_id": _EXAMPLE_ID,
        },
    }
