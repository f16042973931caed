"""Request bodies: JSON, decoded strictly into the Struct of the handler, and files as they arrive.

The framework would decode JSON first and convert it then, which accepts `"1"` as a number.
"""

import re
from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import InternalServerException

from veza.core.errors import Invalid, WrongMediaType
from veza.core.foreign_json import decode_json
from veza.http.layers.request_body import BODY_KEY, RequestBody
from veza.http.responses.field_errors import parse_field_error


class UnreadableBody(Invalid):
    """The body is not valid JSON."""

    code = "bad_request"
    message = "The body can't be read as JSON."


class BrokenBody(Invalid):
    """The connection was closed before the body was complete."""

    code = "broken_body"
    message = "The connection was closed before the body was complete."


class JsonRequest(Request[Any, Any, State]):
    """The framework's request, with a stricter way of reading a body."""

    async def body(self) -> bytes:
        """Read the whole body.

        Raises UnreadableBody if it is incomplete or badly chunked (the framework would respond
        with 500), and TooManyBodies if there is no memory left.
        """
        held = cast(RequestBody | None, self.scope.get(BODY_KEY))
        if held is not None:
            # A longer body is refused below. One of unknown length may reach the limit.
            most = self.route_handler.resolve_request_max_body_size() or 0
            held.reserve(min(announced_bytes(self) or most, most))
        try:
            return await super().body()
        except InternalServerException as error:
            raise UnreadableBody from error

    async def json(self) -> Any:
        """Decode the body into the handler's type. Raises UnreadableBody and Invalid."""
        wanted = self.route_handler.parsed_fn_signature.parameters["data"].annotation
        try:
            return decode_json(await self.body(), wanted)
        except msgspec.ValidationError as error:
            raise Invalid(details=[parse_field_error(str(error))]) from error
        except msgspec.DecodeError as error:
            raise UnreadableBody from error


def announced_bytes(request: Request[Any, Any, Any]) -> int:
    """Return the announced length of the body; 0 if it isn't announced."""
    length = request.headers.get("content-length", "")
    return int(length) if re.fullmatch("[0-9]{1,18}", length) else 0


async def read_file(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """Iterate over a body that is a file as it arrives; the caller bounds its length.

    Raises WrongMediaType for a form, whose markup would become part of the file, and BrokenBody.
    """
    if request.headers.get("content-type", "").strip().lower().startswith("multipart/"):
        raise WrongMediaType("Send the bytes of the file as the body, not a form.")
    has_more = True
    while has_more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise BrokenBody
        has_more = message["more_body"]
        if message["body"]:
            yield message["body"]
