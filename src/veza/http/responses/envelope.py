"""Successful responses, in the envelope of `core.envelope`."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response
from msgspec import Struct

from veza.core.envelope import ENVELOPE_HEAD, encode_success


class Envelope[T](Response[T]):
    """The response of handlers: wraps what they return."""

    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:  # noqa: ARG002
        """Return the encoded content; bytes and text are not wrapped."""
        if isinstance(content, bytes):
            return content
        if isinstance(content, str) and not media_type.startswith("application/json"):
            return content.encode()
        return encode_success(content)


class BareEnvelope[T](Envelope[T]):
    """Repeats the keys of `data` at the top level, for clients that expect them there."""

    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:  # noqa: ARG002
        """Return the encoded content, which must be an object."""
        data = msgspec.json.encode(content)
        assert data.startswith(b"{"), "Only objects can be unwrapped."
        return ENVELOPE_HEAD + data + (b"}" if data == b"{}" else b"," + data[1:])


class Done(Struct, frozen=True):
    """A confirmation in words."""

    message: str


class Deleted(Struct, frozen=True):
    """The id of what was deleted."""

    id: UUID
