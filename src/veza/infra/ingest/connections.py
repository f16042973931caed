"""Closes connections of encoders."""

import asyncio
from contextlib import suppress

FLUSH_WITHIN_S = 2.0


async def close_connection(writer: asyncio.StreamWriter) -> None:
    """Close a connection, also if its other end reads nothing."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(FLUSH_WITHIN_S):
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            return
    writer.transport.abort()
