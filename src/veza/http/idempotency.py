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
from veza.infra.postgres.database import Database, Tx
from veza.infra.postgres.idempotent_steps import IdempotentSteps

HEADER = "Idempotency-Key"
MAX_LENGTH = 255


async def answer_once[T](
    request: AnyRequest, make: Callable[[UUID], Awaitable[T]]
) -> Response[Any]:
    """Return the result of `make`, which is called once for each key of a member.

    After a crash `make` is called again with the same id, and has to continue what it began. Raises
    Invalid for a malformed key, and KeyReused for a key that came with another body.
    """
    body = b""

    async def proceed(made_id: UUID) -> None:
        nonlocal body
        body = encode_success(await make(made_id))

    async def finish(_tx: Tx, _made_id: UUID) -> bytes:
        return body

    return await answer_once_in_steps(request, IdempotentSteps(proceed, finish))


async def answer_once_in_steps(request: AnyRequest, steps: IdempotentSteps) -> Response[Any]:
    """Return the response of steps that are executed once for each key of a member.

    Raises Invalid for a malformed key, and KeyReused for a key that came with another body.
    """
    context = context_of(request)
    key = request.headers.get(HEADER)
    if key is None:
        return Response(await _execute(context.database, steps))
    if not 0 < len(key) <= MAX_LENGTH:
        raise Invalid(details=[FieldError(HEADER, f"A key has 1 to {MAX_LENGTH} characters.")])
    body = await request.body()
    fingerprint = _fingerprint(request.method, request.url.path, body)
    return Response(await context.answer_once(viewer_of(request).id, key, fingerprint, steps))


async def _execute(database: Database, steps: IdempotentSteps) -> bytes:
    made_id = new_id()
    begin = steps.begin
    if begin is not None:
        await database.transact(lambda tx: begin(tx, made_id, True))
    await steps.proceed(made_id)
    return await database.transact(lambda tx: steps.finish(tx, made_id), recorded=False)


def _fingerprint(method: str, path: str, body: bytes) -> bytes:
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).digest()
