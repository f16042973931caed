"""`Idempotency-Key`: a request that moves money may be sent again, and moves it once.

The same key and body get the first answer again, for a day; what is sent at the same time waits for
it. How keys are kept, a domain knows.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response

from veza.core.errors import Fault, Invalid
from veza.core.ids import new_id
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, viewer_of
from veza.http.envelope import encode_success

HEADER = "Idempotency-Key"
MAX_LENGTH = 255


async def answer_once[T](
    request: AnyRequest, make: Callable[[UUID], Awaitable[T]]
) -> Response[Any]:
    """Answer what `make` makes under an id: once for each key that the caller sends.

    After a crash `make` is called again, with the same id: what there is of it already, it goes on
    with. Raises Invalid for what is no key, and what the context's `answer_once` raises.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return Response(encode_success(await make(new_id())))
    if not 0 < len(key) <= MAX_LENGTH:
        raise Invalid(details=[Fault(HEADER, f"A key has 1 to {MAX_LENGTH} characters.")])

    async def make_body(made_id: UUID) -> bytes:
        return encode_success(await make(made_id))

    body = await request.body()
    fingerprint = _fingerprint(request.method, request.url.path, body)
    return Response(
        await context_of(request).answer_once(viewer_of(request).id, key, fingerprint, make_body)
    )


def _fingerprint(method: str, path: str, body: bytes) -> bytes:
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).digest()
