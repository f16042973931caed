"""The shape of every answer: `{"success": true, "data": …}`."""

from typing import Any

import msgspec
from litestar import Response
from msgspec import Struct

_encoder = msgspec.json.Encoder()
_HEAD = b'{"success":true,"data":'


def encode_success(content: Any) -> bytes:
    """Write the body of an answer, in its envelope."""
    return _HEAD + _encoder.encode(content) + b"}"


class Envelope[T](Response[T]):
    """Wraps what a handler returns. The application uses it for every JSON answer."""

    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:  # noqa: ARG002
        """Encode the content once, straight to bytes. Bytes and text pass as they are."""
        if isinstance(content, bytes):
            return content
        if isinstance(content, str) and not media_type.startswith("application/json"):
            return content.encode()
        return encode_success(content)


class BareEnvelope[T](Envelope[T]):
    """Has the keys of `data` stand beside it too, for clients that look for them there."""

    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:  # noqa: ARG002
        """Encode the content once, and write it twice."""
        data = _encoder.encode(content)
        assert data.startswith(b"{"), "Only what has keys can stand without an envelope."
        return _HEAD + data + (b"}" if data == b"{}" else b"," + data[1:])


class Done(Struct, frozen=True):
    """A plain word that something was done."""

    message: str
