"""The refusals of operations: each reason with its code, in the descriptions of responses."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
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

_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
_EXAMPLE: Json = {
    "success": False,
    "error": Unauthenticated.message,
    "code": Unauthenticated.code,
    "request_id": "r-0198c0de",
}
FAILURE: Json = {
    "description": "The request failed.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
}
# The statuses of what is refused before an operation does anything: who calls is unknown, what is
# sent is wrong, too long, too slow or too often, the server is busy, stands still or is full.
_ANYWHERE = {400, 401, 408, 413, 415, 429, 503, 507}


def describe_failures() -> Json:
    """Return the schemas of the body of failures, by name."""
    _, schemas = msgspec.json.schema_components(
        [Failure], ref_template="#/components/schemas/{name}"
    )
    # As in successes: generators of clients know no enumeration of booleans.
    schemas["Failure"]["properties"]["success"] = {"const": False}
    schemas["Failure"]["examples"] = [_EXAMPLE]
    return schemas


class Refusals:
    """Describes what operations refuse: the reasons are named in the description of a response.

    Those of one operation have their message beside their code. Of those that several have, the
    messages are in the schema of failures, which has an example. Where no reason of a route has
    their status, those that any request may meet are in the response `default`.
    """

    def __init__(self, handlers: Iterable[HTTPRouteHandler]) -> None:
        self._common: set[type[VezaError]] = set()
        self._repeated = _list_repeated(handlers)

    def describe(self, handler: HTTPRouteHandler, method: str, *, has_id: bool) -> Json:
        """Return the responses of the refusals of an operation, by status.

        `has_id` says whether its path has an id in it.
        """
        own: set[type[VezaError]] = {*handler.opt.get("errors", [])}
        by_status: dict[int, list[type[VezaError]]] = {}
        for kind in {*list_refusals(handler, method), *[InvalidId] * has_id}:
            by_status.setdefault(status_of(kind), []).append(kind)
        responses: Json = {}
        anywhere: dict[int, list[type[VezaError]]] = {}
        for status, kinds in sorted(by_status.items()):
            kinds.sort(key=lambda kind: kind.code)
            common = [kind for kind in kinds if kind not in own]
            self._common.update(common)
            if status in _ANYWHERE and common == kinds:
                anywhere[status] = common
            else:
                responses[str(status)] = self._tell_own(kinds, own)
        if anywhere:
            lines = [f"{status}: {_name(kinds)}" for status, kinds in anywhere.items()]
            responses["default"] = FAILURE | {"description": _list_lines(lines)}
        return responses

    def list_messages(self) -> str:
        """Return the reasons that several operations have, with their messages, by status."""
        kinds = sorted(self._common, key=lambda kind: (status_of(kind), kind.code))
        return "\n\n".join(
            "\n".join([f"{status}:", *(f"- {_tell(kind)}" for kind in those)])
            for status, those in groupby(kinds, key=status_of)
        )

    def _tell_own(self, kinds: list[type[VezaError]], own: set[type[VezaError]]) -> Json:
        """Return a response with the messages of the reasons of this operation alone."""
        told = [kind for kind in kinds if kind in own - self._repeated]
        named = [kind for kind in kinds if kind not in told]
        self._common.update(named)
        return FAILURE | {"description": _list_lines([_tell(kind) for kind in told], _name(named))}


def _list_repeated(handlers: Iterable[HTTPRouteHandler]) -> set[type[VezaError]]:
    """Return the reasons that several routes name, other than those whose code has two messages."""
    uses = Counter(kind for each in handlers for kind in {*each.opt.get("errors", [])})
    codes = Counter((status_of(kind), kind.code) for kind in uses)
    return {
        kind
        for kind, number in uses.items()
        if number > 1 and codes[status_of(kind), kind.code] == 1
    }


def _tell(kind: type[VezaError]) -> str:
    return f"`{kind.code}`: {kind.message}"


def _name(kinds: list[type[VezaError]]) -> str:
    return ", ".join(f"`{kind.code}`" for kind in kinds)


def _list_lines(lines: list[str], rest: str = "") -> str:
    """Return lines as a list in Markdown; a single one as it is."""
    lines = [line for line in (*lines, rest) if line]
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


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
