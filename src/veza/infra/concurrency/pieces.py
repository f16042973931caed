"""Long work on the event loop, done in pieces: whatever else waits has its turn in between.

A thread would not help: what is written in Python holds the interpreter's lock.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from itertools import batched

# Of rows that take 10 to 50 µs each, as they are read, shown or encoded.
PIECE_ROWS = 100


async def in_pieces[T](items: Iterable[T], size: int = PIECE_ROWS) -> AsyncGenerator[tuple[T, ...]]:
    """Yield items in tuples of at most `size`, and let the event loop run after each full one.

    Items of a generator are made just before their tuple is yielded.
    """
    for piece in batched(items, size):
        yield piece
        if len(piece) == size:
            await asyncio.sleep(0)


async def convert_in_pieces[T, R](convert: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return what `convert` returns for each item."""
    return [convert(item) async for piece in in_pieces(items) for item in piece]


async def join_in_pieces(parts: Iterable[bytes]) -> bytes:
    """Return the parts of a document, one of each row, as a whole."""
    return b"".join([b"".join(piece) async for piece in in_pieces(parts)])
