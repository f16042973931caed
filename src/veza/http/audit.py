"""Who changes what: each request that may change something has an entry, which becomes a record.

What changes something is recorded in the transaction of the change, just before it is committed.
What was refused, or needed no transaction, is recorded a moment after the answer, with others. How
records are kept, a domain knows.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
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
from veza.http.context import context_in
from veza.http.errors import status_of
from veza.http.request_log import current_request_id
from veza.infra.postgres.database import Tx

type Record = Callable[[Tx, Sequence[AuditRecord]], Awaitable[None]]

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# Nothing here can be changed. What staff does below `/admin` goes into a log of its own.
_SKIPPED = ("/health", "/metrics", "/swagger")
_ADMIN = "/admin"
_UNKNOWN = "unknown"
_MAX_RESOURCE = 300

# Parameters of paths that are shown as they are: ids always, words only under these names, where
# the request was no mistake. All others may hold a secret, or whatever somebody typed there.
_SHOWN = {"name", "flag", "tag"}
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,100}")
# Parameters by which a path names a member, who may want to be forgotten.
MEMBER_PARAMETERS = {"user_id", "member_id"}


class AuditEntry:
    """What is known of the request being answered, and whether it is recorded."""

    def __init__(self, scope: Scope, state: State, prefix: str) -> None:
        self._scope: Any = scope
        self._state = state
        # What the router makes of the path counts; where it knows none, what was asked for.
        self._asked_for = str(scope["path"])
        self._admin = prefix + _ADMIN
        self._tx: Tx | None = None
        self._recorded: AuditRecord | None = None

    async def record(self, tx: Tx, record: Record) -> None:
        """Write the record into the transaction of the change, unless an earlier one has it."""
        if not self._is_wanted or self._is_recorded:
            return
        status = status_of(tx.refusal) if tx.refusal else self._promised_status()
        deed = self._tell(status, tx.actor)
        await record(tx, [deed])
        self._tx, self._recorded = tx, deed

    def find_unrecorded(self, status: int) -> AuditRecord | None:
        """Tell what no transaction has recorded as it ended; None where that needs no record.

        Those who come too often are counted by the metrics, and no more.
        """
        if not self._is_wanted or status in {0, HTTPStatus.TOO_MANY_REQUESTS}:
            return None
        recorded = self._recorded
        if recorded is not None and self._is_recorded and recorded.status == status:
            return None
        return self._tell(status, recorded and recorded.user_id)

    @property
    def _is_wanted(self) -> bool:
        handler = self._handler
        return handler is None or handler.opt.get("audited", True)

    @property
    def _is_recorded(self) -> bool:
        # A row that was rolled back, or whose commit failed, is none.
        return self._tx is not None and self._tx.is_committed

    @property
    def _handler(self) -> HTTPRouteHandler | None:
        return self._scope.get("route_handler")

    def _promised_status(self) -> int:
        handler = self._handler
        return HTTPStatus.OK if handler is None else int(handler.status_code)

    def _tell(self, status: int, actor: UserId | None) -> AuditRecord:
        handler = self._handler
        visitor: Member | None = self._scope.get("user")
        route: str = _UNKNOWN if handler is None else self._scope["path_template"]
        parameters: dict[str, object] = {} if handler is None else self._scope["path_params"]
        client = context_in(self._state).client_of(ASGIConnection(self._scope))
        return AuditRecord(
            id=AuditEventId(new_id()),
            log=self._find_log(),
            user_id=actor or (visitor.id if visitor else None),
            action=_UNKNOWN if handler is None else handler.fn.__name__,
            route=route,
            resource=fill_route(route, parameters, are_words_known=status < HTTPStatus.BAD_REQUEST),
            member_id=_find_member(parameters),
            status=status,
            ip=client.address[:64],
            request_id=current_request_id(),
        )

    def _find_log(self) -> AuditLog:
        path: str = self._asked_for if self._handler is None else self._scope["path_template"]
        is_admin = path == self._admin or path.startswith(f"{self._admin}/")
        return AuditLog.ADMIN if is_admin else AuditLog.MEMBERS


_current: ContextVar[AuditEntry | None] = ContextVar("audit_entry", default=None)


class AuditMiddleware:
    """The layer that has an entry for each request which may change something."""

    def __init__(self, app: ASGIApp, state: State, prefix: str) -> None:
        self._app = app
        self._state = state
        self._prefix = prefix
        self._skipped = tuple(base + path for base in ("", prefix) for path in _SKIPPED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if (
            scope["type"] != "http"
            or scope["method"] not in UNSAFE
            or scope["path"].startswith(self._skipped)
        ):
            await self._app(scope, receive, send)
            return
        entry = AuditEntry(scope, self._state, self._prefix)
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        token = _current.set(entry)
        try:
            await self._app(scope, receive, send_on)
        finally:
            _current.reset(token)
            deed = entry.find_unrecorded(status)
            if deed is not None:
                context_in(self._state).unrecorded.put(deed)


async def record_current_request(record: Record, tx: Tx) -> None:
    """Record the request being answered in its transaction; outside of requests do nothing."""
    entry = _current.get()
    if entry is not None:
        await entry.record(tx, record)


def fill_route(route: str, parameters: dict[str, object], *, are_words_known: bool) -> str:
    """Put into a route what a path had at its parameters, where that can be shown."""
    for name, value in parameters.items():
        is_word = are_words_known and name in _SHOWN and _WORD.fullmatch(str(value))
        if is_word or isinstance(value, UUID):
            route = route.replace(f"{{{name}}}", str(value))
    return route[:_MAX_RESOURCE]


def _find_member(parameters: dict[str, object]) -> UserId | None:
    for name in MEMBER_PARAMETERS & parameters.keys():
        value = parameters[name]
        if isinstance(value, UUID):
            return UserId(value)
    return None
