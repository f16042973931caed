"""Audit records of requests that may change data.

A change is recorded in its own transaction, just before the commit. A request that was refused, or
needed no transaction, is recorded in a batch shortly after its response. `domains.platform.audit`
stores the records.
"""

import re
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from veza.core.access import Member
from veza.core.audit_record import AuditLog, AuditRecord
from veza.core.ids import AuditEventId, UserId, new_id
from veza.http.asgi_scope import fill_ids
from veza.http.context import context_in
from veza.http.responses.errors import status_of
from veza.infra.logs.request_lines import current_request_id
from veza.infra.postgres.database import Tx
from veza.infra.postgres.single_statement import NOT_RECORDED, StatementRecord

type RecordOfStatement = Callable[[AuditRecord, Callable[[], None]], StatementRecord]
type Record = Callable[[Tx, AuditRecord], Awaitable[None]]

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# Nothing can be changed at these paths. Requests below `/admin` go to a log of their own.
_SKIPPED = ("/health", "/metrics", "/swagger")
_ADMIN = "/admin"
_UNKNOWN = "unknown"
# 0 is a request without an answer. A record of 507 would take the space that there isn't.
_ONLY_COUNTED = {0, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INSUFFICIENT_STORAGE}
_MAX_RESOURCE = 300

# Path parameters whose words are recorded if the request succeeded; ids always are. Other
# parameters may hold a secret or arbitrary text.
_SHOWN = {"name", "flag", "tag"}
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,100}")
# Path parameters that identify a member, whose records are anonymised when they are erased. A
# personal profile has the id of its account.
MEMBER_PARAMETERS = {"user_id", "member_id", "profile_id"}


class AuditEntry:
    """The current request, and whether it was recorded."""

    def __init__(self, scope: Scope, state: State, prefix: str) -> None:
        self._scope: Any = scope
        self._state = state
        # The path of unknown routes, which have no template.
        self._raw_path = str(scope["path"])
        self._admin = prefix + _ADMIN
        self._tx: Tx | None = None
        self._recorded: AuditRecord | None = None
        self._is_confirmed = False

    async def record(self, tx: Tx, record: Record) -> None:
        """Record the request in a transaction, unless an earlier one recorded it."""
        if not self._is_audited or self._is_recorded:
            return
        status = status_of(tx.refusal) if tx.refusal else self._success_status()
        made = self._make_record(status, tx.actor)
        await record(tx, made)
        self._tx, self._recorded = tx, made

    def record_of_statement(self, make: RecordOfStatement) -> StatementRecord | None:
        """Return how a single statement records the request; None if it names no member."""
        if not self._is_audited or self._is_recorded:
            return NOT_RECORDED
        made = self._make_record(self._success_status(), None)
        if made.user_id is None:
            return None

        def confirm() -> None:
            self._recorded, self._is_confirmed = made, True

        return make(made, confirm)

    def find_unrecorded(self, status: int) -> AuditRecord | None:
        """Return the record of a request that no transaction has recorded with this status.

        None if it needs none: requests that a limit or a full disk refused are only counted in the
        metrics.
        """
        if not self._is_audited or status in _ONLY_COUNTED:
            return None
        handler = self._handler
        if handler is not None and handler.opt.get("audited") == "changes":
            return None
        recorded = self._recorded
        if recorded is not None and self._is_recorded and recorded.status == status:
            return None
        return self._make_record(status, recorded and recorded.user_id)

    @property
    def _is_audited(self) -> bool:
        handler = self._handler
        return handler is None or handler.opt.get("audited", True)

    @property
    def _is_recorded(self) -> bool:
        # Not if the transaction was rolled back, or its commit failed.
        return self._is_confirmed or (self._tx is not None and self._tx.is_committed)

    @property
    def _handler(self) -> HTTPRouteHandler | None:
        return self._scope.get("route_handler")

    def _success_status(self) -> int:
        handler = self._handler
        return HTTPStatus.OK if handler is None else int(handler.status_code)

    def _make_record(self, status: int, actor: UserId | None) -> AuditRecord:
        handler = self._handler
        visitor: Member | None = self._scope.get("user")
        route: str = _UNKNOWN if handler is None else self._scope["path_template"]
        parameters: dict[str, object] = {} if handler is None else self._scope["path_params"]
        client = context_in(self._state).client_of(ASGIConnection(self._scope))
        return AuditRecord(
            id=AuditEventId(new_id()),
            log=self._find_log(),
            user_id=actor or (visitor.actor_id if visitor else None),
            action=_UNKNOWN if handler is None else handler.fn.__name__,
            route=route,
            resource=fill_route(route, parameters, are_words_known=status < HTTPStatus.BAD_REQUEST),
            member_id=_find_member(parameters),
            status=status,
            ip=client.address[:64],
            request_id=current_request_id(),
            profile_id=visitor.acts_as if visitor else None,
        )

    def _find_log(self) -> AuditLog:
        path: str = self._raw_path if self._handler is None else self._scope["path_template"]
        is_admin = path == self._admin or path.startswith(f"{self._admin}/")
        return AuditLog.ADMIN if is_admin else AuditLog.MEMBERS


_current: ContextVar[AuditEntry | None] = ContextVar("audit_entry", default=None)


class AuditMiddleware:
    """Records each request that may change data, and calls `on_change` before its response."""

    def __init__(
        self, app: ASGIApp, state: State, prefix: str, on_change: Callable[[], None]
    ) -> None:
        self._app = app
        self._state = state
        self._prefix = prefix
        self._on_change = on_change
        self._skipped = tuple(base + path for base in ("", prefix) for path in _SKIPPED)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        if (
            scope["type"] != "http"
            or scope["method"] not in UNSAFE
            or scope["path"].startswith(self._skipped)
        ):
            return self._app(scope, receive, send)
        return self._record(scope, receive, send)

    async def _record(self, scope: Scope, receive: Receive, send: Send) -> None:
        entry = AuditEntry(scope, self._state, self._prefix)
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # Before the client can know that it is done.
                self._on_change()
            await send(message)

        token = _current.set(entry)
        try:
            await self._app(scope, receive, send_on)
        finally:
            _current.reset(token)
            unrecorded = entry.find_unrecorded(status)
            if unrecorded is not None:
                context_in(self._state).unrecorded.put(unrecorded)


@contextmanager
def audit_changes(connection: ASGIConnection[Any, Any, Any, Any]) -> Generator[None]:
    """Record the changes in this block, whatever the method of the request is."""
    if _current.get() is not None:
        yield
        return
    token = _current.set(AuditEntry(connection.scope, connection.app.state, ""))
    try:
        yield
    finally:
        _current.reset(token)


async def record_current_request(record: Record, tx: Tx) -> None:
    """Record the current request in a transaction; do nothing outside of requests."""
    entry = _current.get()
    if entry is not None:
        await entry.record(tx, record)


def find_statement_record(make: RecordOfStatement) -> StatementRecord | None:
    """Return how a single statement records the current request; outside of requests not at all."""
    entry = _current.get()
    return NOT_RECORDED if entry is None else entry.record_of_statement(make)


def fill_route(route: str, parameters: Mapping[str, object], *, are_words_known: bool) -> str:
    """Replace the parameters of a route that may be recorded: ids, and known words."""
    route = fill_ids(route, parameters)
    for name in _SHOWN & parameters.keys() if are_words_known else ():
        word = str(parameters[name])
        if _WORD.fullmatch(word):
            route = route.replace(f"{{{name}}}", word)
    return route[:_MAX_RESOURCE]


def _find_member(parameters: dict[str, object]) -> UserId | None:
    for name in MEMBER_PARAMETERS & parameters.keys():
        value = parameters[name]
        if isinstance(value, UUID):
            return UserId(value)
    return None
