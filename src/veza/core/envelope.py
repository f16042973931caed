"""The envelope of what the API answers: `{"success": true, "data": …}`."""

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()
ENVELOPE_HEAD = b'{"success":true,"data":'


def encode_success(content: Any) -> bytes:
    """Return the JSON of content in its envelope."""
    return ENVELOPE_HEAD + _encoder.encode(content) + b"}"
