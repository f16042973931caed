"""Browsers go live here by WHIP (RFC 9725); the ingest of this machine receives what they send."""

from http import HTTPStatus
from typing import Annotated, Any

from litestar import Response, Router, delete, patch, post
from litestar.params import FromPath, HeaderParameter, PathParameter

from veza.core.errors import (
    NotFound,
    PreconditionFailed,
    Unauthenticated,
    Unavailable,
    WrongMediaType,
)
from veza.domains.live import errors
from veza.http.dependencies import AnyRequest, client_of, context_of
from veza.http.responses.envelope import Done
from veza.http.services import service_of
from veza.infra.ingest.whip_control import (
    WhipAction,
    WhipGate,
    WhipOutcome,
    WhipReply,
    WhipUnreachable,
)

_PATH = "/live/whip"
_SDP = "application/sdp"
_CANDIDATES = "application/trickle-ice-sdpfrag"
_MAX_OFFER_BYTES = 32 * 1024
_MAX_KEY_LENGTH = 200

# The stream key is the token, which is no member's.
_ENCODER: dict[str, Any] = {"credentials": "ignored", "audited": False}
_REFUSALS: dict[WhipOutcome, type[Exception]] = {
    WhipOutcome.REFUSED: errors.PublishRefused,
    WhipOutcome.IN_USE: errors.AlreadyPublishing,
    WhipOutcome.TOO_MANY: errors.TooManyEncoders,
    WhipOutcome.UNKNOWN: errors.WhipSessionNotFound,
    WhipOutcome.UNAVAILABLE: Unavailable,
}

_Session = Annotated[
    str,
    PathParameter(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$", description="Its id."),
]
_IfMatch = Annotated[
    str | None,
    HeaderParameter(name="If-Match", max_length=200, description="The `ETag` of the session."),
]


@post(
    _PATH,
    status_code=HTTPStatus.CREATED,
    produces=_SDP,
    raw="The offer: one track of Opus, which is sent.",
    raw_types=_SDP,
    request_max_body_size=_MAX_OFFER_BYTES,
    errors=[
        Unauthenticated,
        NotFound,
        errors.PublishRefused,
        errors.AlreadyPublishing,
        errors.OfferRefused,
        errors.TooManyEncoders,
        WrongMediaType,
    ],
    **_ENCODER,
)
async def open_whip_session(request: AnyRequest) -> Response[str]:
    """Go live by WHIP (RFC 9725), with the stream key as the Bearer token.

    The stream starts with the first sound. `Location` is the session. 404 where this server doesn't
    receive WHIP.
    """
    gate, key = _gate_of(request), _read_key(request)
    reply = await _ask(request, gate, WhipAction.OPEN, key, text=await _read_text(request, _SDP))
    address = f"{context_of(request).base_url_of(request)}{request.url.path}/{reply.session}"
    headers = {
        "location": address,
        "etag": f'"{reply.session}"',
        "accept-patch": _CANDIDATES,
        "cache-control": "no-store",
    }
    return Response(reply.text, status_code=HTTPStatus.CREATED, media_type=_SDP, headers=headers)


@patch(
    f"{_PATH}/{{session:str}}",
    status_code=HTTPStatus.NO_CONTENT,
    raw="Candidates.",
    raw_types=_CANDIDATES,
    request_max_body_size=_MAX_OFFER_BYTES,
    errors=[
        Unauthenticated,
        PreconditionFailed,
        errors.PublishRefused,
        errors.WhipSessionNotFound,
        errors.OfferRefused,
        WrongMediaType,
    ],
    **_ENCODER,
)
async def add_whip_candidates(
    request: AnyRequest, session: FromPath[_Session], if_match: _IfMatch = None
) -> Response[None]:
    """Add ICE candidates of an encoder to its session. An ICE restart needs another session."""
    gate, key = _gate_of(request), _read_key(request)
    if if_match not in {None, "*", f'"{session}"'}:
        raise PreconditionFailed
    text = await _read_text(request, _CANDIDATES)
    await _ask(request, gate, WhipAction.TRICKLE, key, session=session, text=text)
    return Response(None, status_code=HTTPStatus.NO_CONTENT)


@delete(
    f"{_PATH}/{{session:str}}",
    # With a body, as ffmpeg waits for one.
    status_code=HTTPStatus.OK,
    errors=[Unauthenticated, errors.PublishRefused, errors.WhipSessionNotFound],
    **_ENCODER,
)
async def end_whip_session(request: AnyRequest, session: FromPath[_Session]) -> Done:
    """End a session of WHIP. The stream waits a minute for another."""
    gate, key = _gate_of(request), _read_key(request)
    await _ask(request, gate, WhipAction.END, key, session=session)
    return Done("The session is over.")


def _gate_of(request: AnyRequest) -> WhipGate:
    """Return the way to the ingest. Raises NotFound where WHIP is off."""
    gate = service_of(request, WhipGate)
    if gate.port is None:
        raise NotFound
    return gate


def _read_key(request: AnyRequest) -> str:
    """Return the stream key. Raises Unauthenticated."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not 0 < len(key) <= _MAX_KEY_LENGTH:
        raise Unauthenticated("Send the stream key as a Bearer token.")
    return key


async def _read_text(request: AnyRequest, kind: str) -> str:
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != kind:
        raise WrongMediaType(f"Send {kind}.")
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise errors.OfferRefused from error


async def _ask(
    request: AnyRequest,
    gate: WhipGate,
    action: WhipAction,
    key: str,
    *,
    session: str = "",
    text: str = "",
) -> WhipReply:
    """Hand a request to the ingest; return what it has done."""
    address = client_of(request).address
    try:
        reply = await gate.ask(action, key, address=address, session=session, text=text)
    except WhipUnreachable as error:
        raise Unavailable from error
    if reply.outcome is WhipOutcome.BAD_OFFER:
        raise errors.OfferRefused(reply.text)
    if (refusal := _REFUSALS.get(reply.outcome)) is not None:
        raise refusal
    return reply


router = Router(
    "/",
    route_handlers=[open_whip_session, add_whip_candidates, end_whip_session],
    tags=["live"],
)
