"""Converts exceptions to HTTP responses."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal, cast
from urllib.parse import quote

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from msgspec import UNSET, Struct, UnsetType

from veza.core.errors import (
    Allowance,
    ChecksumMismatch,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    OutOfSpace,
    PreconditionFailed,
    RequestTimeout,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    VezaError,
    WrongMediaType,
)
from veza.core.profiles import HandleMoved
from veza.http.asgi_scope import Headers, note_error, replace_headers
from veza.http.responses.field_errors import parse_field_error
from veza.http.responses.path_ids import find_invalid_id
from veza.infra.logs.request_lines import current_request_id
from veza.infra.storage.errors import is_full

log = structlog.get_logger()


class RangeNotSatisfiable(VezaError):
    """The requested range starts after the end of the file, which has `size` bytes."""

    code = "range_not_satisfiable"
    message = "The file ends before the requested range."

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


class UpgradeRequired(VezaError):
    """The path accepts WebSockets only."""

    code = "upgrade_required"
    message = "Open a WebSocket here."


STATUS: dict[type[VezaError], int] = {
    HandleMoved: 302,
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    RequestTimeout: 408,
    Conflict: 409,
    PreconditionFailed: 412,
    TooLarge: 413,
    WrongMediaType: 415,
    RangeNotSatisfiable: 416,
    Unprocessable: 422,
    UpgradeRequired: 426,
    TooManyRequests: 429,
    # Not registered: the protocol of resumable uploads (tus 1.0) has it.
    ChecksumMismatch: 460,
    Unavailable: 503,
    OutOfSpace: 507,
}

_FRAMEWORK_CODES = {
    400: ("bad_request", "The request can't be read."),
    401: (Unauthenticated.code, Unauthenticated.message),
    403: (Forbidden.code, Forbidden.message),
    404: (NotFound.code, NotFound.message),
    405: ("method_not_allowed", "This path does not support this method."),
    413: (TooLarge.code, TooLarge.message),
    415: (WrongMediaType.code, WrongMediaType.message),
}


class Failure(Struct, frozen=True):
    """The body of every failed request."""

    success: Literal[False]
    error: str
    code: str
    request_id: str
    details: Sequence[FieldError] | UnsetType = UNSET
    # A page of the web application where the caller can do something about it.
    link: str | UnsetType = UNSET


class ProblemDetails(Struct, frozen=True):
    """The same as RFC 9457 defines, for clients that accept `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    details: Sequence[FieldError] | UnsetType = UNSET
    # A page of the web application where the caller can do something about it.
    link: str | UnsetType = UNSET


def status_of(kind: type[VezaError]) -> int:
    """Return the HTTP status of a class of errors."""
    return next(STATUS[parent] for parent in kind.__mro__ if parent in STATUS)


def render(request: Request[Any, Any, Any], error: VezaError) -> Response[bytes]:
    """Return the response of an expected error."""
    status = status_of(type(error))
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = _challenge(request)
    if error.retry_after is not None or status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = str(error.retry_after or 5)
    if isinstance(error, RangeNotSatisfiable):
        headers["content-range"] = f"bytes */{error.size}"
    if isinstance(error, TooManyRequests) and error.allowance is not None:
        replace_headers(request.scope, _state_limit(error, error.allowance))
    if isinstance(error, HandleMoved):
        headers["location"] = _path_of(request, error)
    if isinstance(error, UpgradeRequired):
        headers |= {"upgrade": "websocket", "connection": "upgrade"}
    failure = Failure(
        success=False,
        error=str(error),
        code=error.code,
        request_id=current_request_id(),
        details=error.details or UNSET,
        link=error.link or UNSET,
    )
    return _answer(request, failure, status, headers)


def _path_of(request: Request[Any, Any, Any], moved: HandleMoved) -> str:
    """Return the path of a request with the handle of today in place of the former one."""
    former = moved.former.casefold()
    parts = [
        moved.handle if part.casefold() == former else quote(part)
        for part in str(request.scope["path"]).split("/")
    ]
    query = request.scope["query_string"].decode("latin-1")
    return "/".join(parts) + (f"?{query}" if query else "")


def _state_limit(error: TooManyRequests, allowed: Allowance) -> Headers:
    """Return the rate-limit headers of a limit that refused, as `http.layers.rate_limits` does."""
    name = error.code
    return [
        (b"x-ratelimit-limit", b"%d" % allowed.most),
        (b"x-ratelimit-remaining", b"0"),
        (b"ratelimit-policy", f'"{name}";q={allowed.most};w={allowed.window_s}'.encode()),
        (b"ratelimit", f'"{name}";r=0;t={error.retry_after or 1}'.encode()),
    ]


def render_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Return the response of framework errors: unknown routes, wrong methods, invalid bodies."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return render_crash(request, error)
    if error.status_code == HTTPStatus.NOT_FOUND:
        invalid = find_invalid_id(request.app, request.scope["path"])
        if invalid is not None:
            return render(request, invalid)
    code, message = _FRAMEWORK_CODES.get(error.status_code, _FRAMEWORK_CODES[400])
    details = _find_details(error)
    if details:
        code = Invalid.code
        message = Invalid.message
    failure = Failure(False, message, code, current_request_id(), details=details or UNSET)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if "allow" in headers:
        headers["allow"] = _with_head(headers["allow"])
    return _answer(request, failure, error.status_code, headers)


def render_crash(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Log an unexpected error, and return a response without its details.

    A full disk is no bug, and answered as OutOfSpace.
    """
    if is_full(error):
        log.warning("disk_full", error=repr(error))
        return render(request, OutOfSpace())
    log.error("crash", exc_info=error)
    message = "Something went wrong on our side. Quote the request id when you report it."
    failure = Failure(False, message, "internal_error", current_request_id())
    return _answer(request, failure, HTTPStatus.INTERNAL_SERVER_ERROR, {})


def _answer(
    request: Request[Any, Any, Any], failure: Failure, status: int, headers: Mapping[str, str]
) -> Response[bytes]:
    note_error(request.scope, failure.code)
    media_type = "application/json"
    body: Struct = failure
    if "application/problem+json" in request.headers.get("accept", ""):
        media_type = "application/problem+json"
        body = ProblemDetails(
            type=f"urn:veza:error:{failure.code}",
            title=_phrase_of(status),
            status=status,
            detail=failure.error,
            code=failure.code,
            request_id=failure.request_id,
            details=failure.details,
            link=failure.link,
        )
    return Response(
        msgspec.json.encode(body),
        status_code=int(status),
        headers=dict(headers) | {"cache-control": "no-store"},
        media_type=media_type,
    )


def _phrase_of(status: int) -> str:
    known = {each.value for each in HTTPStatus}
    return HTTPStatus(status).phrase if status in known else "Checksum Mismatch"


def _challenge(request: Request[Any, Any, Any]) -> str:
    if "authorization" in request.headers:
        return 'Bearer realm="veza", error="invalid_token"'
    return 'Bearer realm="veza"'


def _with_head(allow: str) -> str:
    methods = {method.strip() for method in allow.split(",")} - {"OPTIONS"}
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


def _find_details(error: HTTPException) -> list[FieldError]:
    extra = error.extra if isinstance(error.extra, list) else []
    entries = [cast(dict[str, Any], entry) for entry in extra if isinstance(entry, dict)]
    return [parse_field_error(str(e.get("message", "")), str(e.get("key", ""))) for e in entries]
