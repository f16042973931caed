"""JSON bodies: what can't be decoded is the caller's mistake, in whichever way it can't be."""

from typing import Any

from litestar import Request
from litestar.datastructures import State

from veza.core.errors import Invalid


class UnreadableBody(Invalid):
    """The body is no JSON that we could take in."""

    code = "bad_request"
    message = "The body can't be read as JSON."


class JsonRequest(Request[Any, Any, State]):
    """The framework's request, which knows only one of the decoder's three ways to give up."""

    async def json(self) -> Any:
        """Read the body. Raises UnreadableBody where it is no UTF-8 or nested too deeply."""
        try:
            return await super().json()
        except (RecursionError, UnicodeDecodeError) as error:
            raise UnreadableBody from error
