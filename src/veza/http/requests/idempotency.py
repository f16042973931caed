"""The header `Idempotency-Key`: a request that is sent again with it is executed once.

`domains.platform.idempotency` stores the keys, and the use cases claim them.
"""

import hashlib

from veza.core.errors import FieldError, Invalid
from veza.core.keyed_request import KeyedRequest
from veza.http.dependencies import AnyRequest, viewer_of

HEADER = "Idempotency-Key"
MAX_LENGTH = 255


async def read_key(request: AnyRequest) -> KeyedRequest | None:
    """Return the key of a member's request and its fingerprint; None without the header.

    Raises Invalid for a malformed key.
    """
    key = find_key(request)
    if key is None:
        return None
    return KeyedRequest(viewer_of(request).id, key, await read_fingerprint(request))


def find_key(request: AnyRequest) -> str | None:
    """Return the key of a request; None without the header. Raises Invalid for a malformed one."""
    key = request.headers.get(HEADER)
    if key is not None and not 0 < len(key) <= MAX_LENGTH:
        raise Invalid(details=[FieldError(HEADER, f"A key has 1 to {MAX_LENGTH} characters.")])
    return key


async def read_fingerprint(request: AnyRequest) -> bytes:
    """Return the hash of method, path and body of a request."""
    parts = [request.method.encode(), request.url.path.encode(), await request.body()]
    return hashlib.sha256(b"\n".join(parts)).digest()
