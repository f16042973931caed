"""The ingest reports here that an encoder connects, goes on and leaves."""

import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import parse_qsl

from litestar import Response, Router, post
from litestar.params import QueryParameter
from msgspec import Struct

from veza.core.addresses import Network, parse_address
from veza.core.errors import Unavailable
from veza.domains.live import errors
from veza.domains.live.models.stream_keys import UnlockedKey
from veza.domains.live.routes.addresses import live_context
from veza.domains.live.rules import encoders
from veza.domains.live.service import publishing, viewing
from veza.http.dependencies import AnyRequest, client_of, database_of
from veza.http.responses.envelope import Done
from veza.http.route_classes import RateClass
from veza.http.services import service_of

# The forms of the ingest are shorter.
_MAX_FORM_BYTES = 16 * 1024
_MAX_FORM_FIELDS = 100

# The ingest is no member: hooks have a secret, are not limited, and go on during maintenance.
_HOOK: dict[str, Any] = {
    "status_code": 200,
    "credentials": "ignored",
    "goes_on": True,
    "audited": False,
    "rate_class": RateClass.FREE,
}

_Secret = Annotated[str, QueryParameter(max_length=200, description="The secret of the ingest.")]
_IngestName = Annotated[
    str,
    QueryParameter(max_length=24, description="The name of the ingest, new at each start."),
]


class HookGuard(Struct, frozen=True):
    """The authentication of the ingest: by a secret and by its address."""

    secret: str
    networks: Sequence[Network]
    # Returns the RTMP URL to which the ingest forwards a stream, by the stream's id.
    make_ingest_url: Callable[[str], str]


@post(
    "/live/hooks/publish",
    redirects=True,
    errors=[errors.HookRefused, errors.PublishRefused, errors.AlreadyPublishing],
    **_HOOK,
)
async def admit_encoder(
    request: AnyRequest, secret: _Secret = "", ingest: _IngestName = ""
) -> Response[bytes]:
    """Hook: an encoder connects to the ingest. The form is that of nginx's RTMP module.

    The answer redirects it to the address in `Location`, which names the media and no key.
    """
    guard = _guard(request, secret)
    publisher = encoders.read_publisher(await _read_form(request), ingest)
    async with database_of(request).transaction() as tx:
        name = await publishing.publish(tx, live_context(request), publisher)
    location = guard.make_ingest_url(str(name))
    return Response(b"", status_code=302, headers={"location": location}, media_type="text/plain")


@post(
    "/live/hooks/check",
    errors=[errors.HookRefused, errors.PublishRefused, errors.AlreadyPublishing],
    **_HOOK,
)
async def check_encoder(
    request: AnyRequest, secret: _Secret = "", ingest: _IngestName = ""
) -> Done:
    """Hook: an encoder will connect. It is told whether it may publish, and nothing begins."""
    _guard(request, secret)
    publisher = encoders.read_publisher(await _read_form(request), ingest)
    async with database_of(request).transaction() as tx:
        await publishing.check(tx, live_context(request), publisher)
    return Done("It may.")


@post(
    "/live/hooks/unlock",
    errors=[errors.HookRefused, errors.PublishRefused],
    **_HOOK,
)
async def unlock_encoder(
    request: AnyRequest, secret: _Secret = "", ingest: _IngestName = ""
) -> UnlockedKey:
    """Hook: an encoder that sends SRT names a member, and proves that it has their stream key.

    `material` of the form is the key material of its connection, in hexadecimal.
    """
    _guard(request, secret)
    form = await _read_form(request)
    encoders.ensure_ingest(ingest)
    owner_id, material = encoders.read_owner(form), encoders.read_material(form)
    async with database_of(request).read() as conn:
        return UnlockedKey(await publishing.unlock(conn, live_context(request), owner_id, material))


@post(
    "/live/hooks/title",
    errors=[errors.HookRefused, errors.PublishRefused],
    **_HOOK,
)
async def announce_title(
    request: AnyRequest, secret: _Secret = "", ingest: _IngestName = ""
) -> Done:
    """Hook: an encoder says what it plays now, by `title` of the form."""
    _guard(request, secret)
    form = await _read_form(request)
    publisher = encoders.read_publisher(form, ingest)
    async with database_of(request).transaction() as tx:
        await publishing.announce(tx, live_context(request), publisher, form.get("title", ""))
    return Done("Heard.")


@post(
    "/live/hooks/update",
    errors=[errors.HookRefused, errors.PublishRefused],
    **_HOOK,
)
async def confirm_encoder(
    request: AnyRequest, secret: _Secret = "", ingest: _IngestName = ""
) -> Done:
    """Hook: an encoder is still connected, every two seconds. 403 disconnects it."""
    _guard(request, secret)
    form = await _read_form(request)
    # nginx reports its own forwarding as a player.
    if form.get("call") != "update_play":
        publisher = encoders.read_publisher(form, ingest)
        # While the database is down, encoders that were admitted stay connected.
        with suppress(Unavailable):
            async with database_of(request).transaction() as tx:
                await publishing.confirm_publishing(tx, live_context(request), publisher)
    return Done("Heard.")


@post(
    "/live/hooks/done",
    errors=[errors.HookRefused, errors.PublishRefused],
    **_HOOK,
)
async def release_encoder(
    request: AnyRequest, secret: _Secret = "", ingest: _IngestName = ""
) -> Done:
    """Hook: an encoder disconnected, or was never admitted."""
    _guard(request, secret)
    publisher = encoders.read_publisher(await _read_form(request), ingest)
    database = database_of(request)
    async with database.transaction() as tx:
        stream_id = await publishing.stop_publishing(tx, publisher)
    if stream_id is not None:
        await viewing.save_viewer_counts(database, live_context(request), [stream_id])
    return Done("Heard.")


def _guard(request: AnyRequest, secret: str) -> HookGuard:
    guard = service_of(request, HookGuard)
    is_known = hmac.compare_digest(secret.encode(), guard.secret.encode())
    if not is_known or not _is_within(client_of(request).address, guard.networks):
        raise errors.HookRefused
    return guard


def _is_within(address: str, networks: Sequence[Network]) -> bool:
    parsed = parse_address(address)
    return parsed is not None and any(parsed in network for network in networks)


async def _read_form(request: AnyRequest) -> dict[str, str]:
    body = await request.body()
    try:
        if len(body) > _MAX_FORM_BYTES:
            raise errors.PublishRefused
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS)
    except ValueError as error:
        raise errors.PublishRefused from error
    # nginx appends the encoder's own parameters, so the first of equal names counts.
    return dict(reversed(fields))


router = Router(
    "/",
    route_handlers=[
        admit_encoder,
        check_encoder,
        unlock_encoder,
        announce_title,
        confirm_encoder,
        release_encoder,
    ],
    tags=["live"],
)
