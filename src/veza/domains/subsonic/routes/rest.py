"""Players call `/rest/{name}` and `/rest/{name}.view`; failures have status 200."""

from collections.abc import Mapping
from contextlib import nullcontext
from importlib.metadata import version
from typing import Any

from litestar import Response, route
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from veza.core.access import Member, Role
from veza.core.errors import Forbidden, NotFound, Unauthenticated, VezaError
from veza.core.ids import LOWEST_ID, UserId
from veza.core.profiles import ensure_right
from veza.domains.auth.app_passwords.errors import TooManyWrongAppPasswords, WrongAppPassword
from veza.domains.auth.app_passwords.service import AppPasswords
from veza.domains.subsonic.errors import (
    EndpointUnknown,
    FormatNotSupported,
    WrongPlayerKey,
    WrongPlayerPassword,
)
from veza.domains.subsonic.formats import (
    CONTENT_TYPES,
    PlayerResponse,
    ResponseFormat,
    encode,
    encode_short,
)
from veza.domains.subsonic.models.system import PlayerFailure
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.routes import (
    browsing,
    library,
    media,
    podcasts,
    radio,
    shares,
    system,
)
from veza.domains.subsonic.routes.call import (
    Call,
    Endpoint,
    Parameters,
    query_of,
    read_parameters,
)
from veza.domains.subsonic.rules.credentials import read_credentials
from veza.http.asgi_scope import note_error
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, expensive_work
from veza.http.layers.audit import audit_changes
from veza.http.responses import errors as http_errors
from veza.http.responses.errors import RangeNotSatisfiable
from veza.http.security.client import client_network
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

PATH = "/rest"
_VERSION = version("veza")
_HEADERS = {"cache-control": "no-store"}
_FORMAT = "f"
_SUFFIX = ".view"
_HAS_STATUSES = "player_has_statuses"

# These need no credentials.
_OPEN = {"getOpenSubsonicExtensions"}

ENDPOINTS: Mapping[str, Endpoint] = (
    system.ENDPOINTS
    | browsing.ENDPOINTS
    | library.ENDPOINTS
    | shares.ENDPOINTS
    | podcasts.ENDPOINTS
    | media.ENDPOINTS
    | radio.ENDPOINTS
)

# The codes of the API for our errors; all others have 0.
_NUMBERS: dict[type[VezaError], int] = {
    TooManyWrongAppPasswords: 40,
    Unauthenticated: 40,
    Forbidden: 50,
    NotFound: 70,
}
_NOBODY = Member(UserId(LOWEST_ID), Role.USER, None)


def render(request: AnyRequest, error: VezaError) -> Response[bytes]:
    """Return a failure as players expect it: with status 200."""
    if isinstance(error, RangeNotSatisfiable) or request.state.get(_HAS_STATUSES):
        return http_errors.render(request, error)
    number = getattr(error, "number", None)
    if number is None:
        number = next((code for kind, code in _NUMBERS.items() if isinstance(error, kind)), 0)
    note_error(request.scope, error.code)
    failure = PlayerFailure(code=number, message=str(error))
    form = _format_of(request)
    return _send(encode_short(PlayerResponse(False, _VERSION, "error", failure), form), form)


def render_crash(request: AnyRequest, error: Exception) -> Response[Any]:
    """Log a crash; return it as other routes do, with a status of its own."""
    return http_errors.render_crash(request, error)


def find_importance(name: str) -> Importance:
    """Return the importance of a call by the last part of its path."""
    endpoint = _find_endpoint(name)
    return Importance.ORDINARY if endpoint is None else endpoint.importance


@route(
    f"{PATH}/{{name:str}}",
    http_method=["GET", "POST"],
    status_code=200,
    include_in_schema=False,
    credentials="ignored",
    audited="changes",
    importance=find_importance,
    # Each endpoint says it for itself: players also read by POST.
    needs_space=False,
    # Credentials are in the address.
    same_origin=True,
    exception_handlers={
        VezaError: render,
        HTTPException: http_errors.render_framework,
        Exception: render_crash,
    },
)
async def answer_player(request: AnyRequest, name: FromPath[str]) -> Response[Any]:
    """Answer a music player that speaks OpenSubsonic."""
    parameters = await read_parameters(request)
    # Kept for the response of an error.
    request.state["player_format"] = parameters.find(_FORMAT)
    _find_format(request)
    endpoint = _find_endpoint(name)
    request.state[_HAS_STATUSES] = endpoint is not None and endpoint.has_statuses
    is_open = name.removesuffix(_SUFFIX) in _OPEN
    viewer = (
        Viewer(_NOBODY, "", urls_of(request))
        if is_open
        else await _authenticate(request, parameters)
    )
    if endpoint is None:
        raise EndpointUnknown
    if viewer.member.acts_as is not None:
        ensure_right(viewer.member.profile_role, endpoint.right)
    if endpoint.is_change and not endpoint.goes_on:
        context_of(request).ensure_room()
    call = Call(request, parameters, viewer)
    expensive = endpoint.expensive
    async with nullcontext() if expensive is None else expensive_work(request, expensive):
        with audit_changes(request) if endpoint.is_change else nullcontext():
            content = await endpoint.answer(call)
        if isinstance(content, Response):
            return content
        shown = None if content is None else endpoint.name
        return await _respond(request, PlayerResponse(True, _VERSION, shown, content))


def _find_endpoint(name: str) -> Endpoint | None:
    return ENDPOINTS.get(name.removesuffix(_SUFFIX))


async def _authenticate(request: AnyRequest, parameters: Parameters) -> Viewer:
    """Return the member whose app password was sent. All forms of credentials pass here."""
    network = client_network(request.scope, context_of(request).trusted_proxies)
    given = read_credentials(parameters.values, network)
    try:
        member, username = await service_of(request, AppPasswords).authenticate(given)
    except WrongAppPassword as error:
        raise (WrongPlayerKey if given.username is None else WrongPlayerPassword) from error
    request.scope["user"] = member
    return Viewer(member, username, urls_of(request))


async def _respond(request: AnyRequest, envelope: PlayerResponse) -> Response[bytes]:
    form = _format_of(request)
    return _send(await encode(envelope, form), form)


def _send(body: bytes, form: ResponseFormat) -> Response[bytes]:
    return Response(body, headers=_HEADERS, media_type=CONTENT_TYPES[form])


def _format_of(request: AnyRequest) -> ResponseFormat:
    """Return the format of the response, for an error too."""
    try:
        return _find_format(request)
    except FormatNotSupported:
        return ResponseFormat.XML


def _find_format(request: AnyRequest) -> ResponseFormat:
    """Return the format of the response. Raises FormatNotSupported, also for JSONP."""
    wanted = request.state.get("player_format") or query_of(request).find(_FORMAT)
    if wanted is None or wanted == ResponseFormat.XML:
        return ResponseFormat.XML
    if wanted == ResponseFormat.JSON:
        return ResponseFormat.JSON
    raise FormatNotSupported
