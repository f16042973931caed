"""`Idempotency-Key`: a request that is sent again is executed once.

The same key and body get the first response again, for a day; a concurrent request waits for it.
`domains.platform.idempotency` stores the keys.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response

from veza.core.errors import FieldError, Invalid
from veza.core.ids import new_id
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, viewer_of
from veza.http.envelope import encode_success

HEADER = "Idempotency-Key"
MAX_LENGTH = 255


async def answer_once[T](
    request: AnyRequest, make: Callable[[UUID], Awaitable[T]]
) -> Response[Any]:
    """Return the result of `make`, which is called once for each key of a member.

    After a crash `make` is called again with the same id, and has to continue what it began. Raises
    Invalid for a malformed key, and KeyReused for a key that came with another body.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return Response(encode_success(await make(new_id())))
    if not 0 < len(key) <= MAX_LENGTH:
        raise Invalid(details=[FieldError(HEADER, f"A key has 1 to {MAX_LENGTH} characters.")])

    async def make_body(made_id: UUID) -> bytes:
        return encode_success(await make(made_id))

    body = await request.body()
    fingerprint = _fingerprint(request.method, request.url.path, body)
    return Response(
        await context_of(request).answer_once(viewer_of(request).id, key, fingerprint, make_body)
    )


def _fingerprint(method: str, path: str, body: bytes) -> bytes:
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).digest()
