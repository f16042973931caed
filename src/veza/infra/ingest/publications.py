"""The contract of all ways in: an encoder is admitted, asked about, and released."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from veza.infra.ingest.hooks import Hooks, NotAdmitted, Publishing, Reason
from veza.infra.ingest.limits import MAX_DURATION_S

log = structlog.get_logger()

CONFIRM_EACH_S = 1.5


@asynccontextmanager
async def publication(hooks: Hooks, encoder: Publishing) -> AsyncGenerator[str]:
    """Publish as long as the block runs, with the name of the media. Raises NotAdmitted."""
    try:
        name = await hooks.admit(encoder)
    except NotAdmitted as error:
        if error.reason is Reason.UNAVAILABLE:
            # It may have been admitted by an answer that was lost.
            await asyncio.shield(hooks.release(encoder))
        raise
    try:
        yield name
    finally:
        await asyncio.shield(hooks.release(encoder))


async def relay_while_admitted(
    hooks: Hooks,
    encoder: Publishing,
    relay: Callable[[], Awaitable[None]],
    also: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run `relay` to its end, or until the encoder may not go on or had its time.

    `also` is called each time that the encoder may go on: calls of the API must not delay what is
    relayed.
    """
    relaying = asyncio.ensure_future(relay())
    confirming = asyncio.create_task(_confirm(hooks, encoder, also))
    tasks = (relaying, confirming)
    try:
        await asyncio.wait(tasks, timeout=MAX_DURATION_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        # Ends the processes of the relay, and waits for their end.
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


def log_failure(way: str, error: Exception) -> None:
    """Log an unexpected error by its type alone: its text may have the key."""
    log.error("encoder_failed", way=way, reason=type(error).__name__)


async def _confirm(
    hooks: Hooks, encoder: Publishing, also: Callable[[], Awaitable[None]] | None
) -> None:
    """Ask again and again, until the encoder is refused."""
    try:
        while True:
            await asyncio.sleep(CONFIRM_EACH_S)
            await hooks.confirm(encoder)
            if also is not None:
                await also()
    except NotAdmitted as error:
        log.info("encoder_cut_off", client=encoder.client_id, reason=error.reason.value)
