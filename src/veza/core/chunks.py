"""Files that arrive in chunks."""

from collections.abc import AsyncIterator

from veza.core.errors import VezaError


async def peek(chunks: AsyncIterator[bytes], size: int) -> tuple[bytes, AsyncIterator[bytes]]:
    """Return at least the first `size` bytes, fewer if there are no more, and all chunks."""
    head = bytearray()
    async for chunk in chunks:
        head += chunk
        if len(head) >= size:
            break
    return bytes(head), _prepend(bytes(head), chunks)


async def bounded(
    chunks: AsyncIterator[bytes], max_bytes: int, error: type[VezaError]
) -> AsyncIterator[bytes]:
    """Pass chunks on; raise `error` as soon as there are more than `max_bytes`."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise error
        yield chunk


async def _prepend(head: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for chunk in chunks:
        yield chunk
