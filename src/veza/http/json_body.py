"""Bodies: JSON straight into the Struct that a handler asks for, and strictly; files as they come.

The framework would decode JSON first and convert then, and take `"1"` for a number on the way.
"""

import re
from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import InternalServerException

from veza.core.errors import Invalid, WrongMediaType
from veza.http.errors import read_fault
from veza.http.request_body import BODY_KEY, RequestBody


class UnreadableBody(Invalid):
    """The body is no JSON that we could take in."""

    code = "bad_request"
    message = "The body can't be read as JSON."


class BrokenBody(Invalid):
    """The body breaks off before it is whole."""

    code = "broken_body"
    message = "The client went away before the body was complete."


class JsonRequest(Request[Any, Any, State]):
    """The framework's request, with another way of reading a body."""

    async def body(self) -> bytes:
        """Read all of the body. Raises UnreadableBody where it breaks off, or its chunks are none.

        The framework would call that a fault of ours. Raises TooManyBodies if there is no memory.
        """
        held = cast(RequestBody | None, self.scope.get(BODY_KEY))
        if held is not None:
            # More than the route takes is refused as too large, below. Chunks may become all of it.
            most = self.route_handler.resolve_request_max_body_size() or 0
            held.reserve(min(announced_bytes(self) or most, most))
        try:
            return await super().body()
        except InternalServerException as error:
            raise UnreadableBody from error

    async def json(self) -> Any:
        """Read the body as what the handler's `data` is. Raises UnreadableBody and Invalid."""
        wanted = self.route_handler.parsed_fn_signature.parameters["data"].annotation
        try:
            return msgspec.json.decode(await self.body(), type=wanted)
        except msgspec.ValidationError as error:
            raise Invalid(details=[read_fault(str(error))]) from error
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise UnreadableBody from error


def announced_bytes(request: Request[Any, Any, Any]) -> int:
    """Tell how many bytes the body is said to have; 0 where nothing is said of it."""
    length = request.headers.get("content-length", "")
    return int(length) if re.fullmatch("[0-9]{1,18}", length) else 0


async def read_file(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """Go through a body that is a file, piece by piece as it arrives; how much, the caller bounds.

    Raises WrongMediaType for a form, whose wrapping would become part of the file, and BrokenBody.
    """
    if request.headers.get("content-type", "").strip().lower().startswith("multipart/"):
        raise WrongMediaType("Send the bytes of the file as the body, without a form around them.")
    has_more = True
    while has_more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise BrokenBody
        has_more = message["more_body"]
        if message["body"]:
            yield message["body"]
