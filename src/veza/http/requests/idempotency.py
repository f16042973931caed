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
    """Return the key of a request and its fingerprint; None without the header.

    The fingerprint is of method, path and body. Raises Invalid for a malformed key.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 0 < len(key) <= MAX_LENGTH:
        raise Invalid(details=[FieldError(HEADER, f"A key has 1 to {MAX_LENGTH} characters.")])
    parts = [request.method.encode(), request.url.path.encode(), await request.body()]
    fingerprint = hashlib.sha256(b"\n".join(parts)).digest()
    return KeyedRequest(viewer_of(request).id, key, fingerprint)
