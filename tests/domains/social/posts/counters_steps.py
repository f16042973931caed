"""Steps and values that tests of posts share."""

import asyncio

from veza.core.errors import Unavailable


async def deliver(work):
    """Deliver events and run jobs, and retry after a deadlock as the worker does."""
    async with asyncio.timeout(120):
        while True:
            try:
                return await work()
            except Unavailable:
                continue
