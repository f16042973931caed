"""JSON that many responses share: encoded, compressed and hashed once."""

from functools import cached_property
from typing import Any

from veza.http.layers.compression import MIN_BYTES, VARY, compress, describe_encoded
from veza.http.layers.etags import etag_of, tagged
from veza.http.responses.envelope import encode_success

type HeaderList = list[tuple[bytes, bytes]]


class BodyForm:
    """The bytes of a body in one coding, and the headers that describe them."""

    def __init__(self, body: bytes, headers: HeaderList) -> None:
        self.body = body
        # Those of a response with credentials.
        self.headers = headers

    @cached_property
    def tag(self) -> bytes:
        """Return the strong ETag."""
        return etag_of(self.body)

    @cached_property
    def tagged_headers(self) -> HeaderList:
        """Return the headers of a response without credentials."""
        return tagged(self.headers, self.tag)


class SharedBody:
    """The body of a response, in the codings that were asked for."""

    def __init__(self, content: Any) -> None:
        raw = encode_success(content)
        self._is_long = len(raw) >= MIN_BYTES
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(raw))]
        self._plain = BodyForm(raw, [*headers, VARY] if self._is_long else headers)
        self._packed: dict[str, BodyForm] = {}

    async def find_form(self, coding: str | None) -> BodyForm:
        """Return the body for a client that accepts a coding, as `CompressionMiddleware` does."""
        if coding is None or not self._is_long:
            return self._plain
        form = self._packed.get(coding)
        if form is None:
            body = await compress(coding, self._plain.body)
            headers = describe_encoded(self._plain.headers, coding, len(body))
            form = self._packed[coding] = BodyForm(body, headers)
        return form
