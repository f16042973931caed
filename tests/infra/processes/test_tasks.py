"""Work beside other work, and work that is done again and again."""

import asyncio

import pytest

from veza.core.errors import Unavailable
from veza.infra.processes.tasks import repeat, running


async def test_what_fails_is_done_again_until_it_is_cancelled():
    turns = 0
    is_done = asyncio.Event()

    async def act() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise Unavailable
        if turns == 2:
            raise ValueError
        is_done.set()

    async with running(repeat(act, each_s=0)):
        async with asyncio.timeout(30):
            await is_done.wait()
    assert turns >= 3


async def test_cancelling_it_ends_it():
    async def act() -> None:
        """Do nothing."""

    task = asyncio.create_task(repeat(act, each_s=3600))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
