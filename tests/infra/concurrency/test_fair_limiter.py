"""Admission: so many at once, fairly, and nobody waits without end."""

import asyncio

import pytest

from tests.infra.waiting import until
from veza.infra.concurrency.fair_limiter import FairLimiter, FairLimits, ServerBusy

BOUNDS = FairLimits(running=2, running_per_client=1, waiting=6, waiting_per_client=3, patience_s=20)


class Crowd:
    """Clients that ask for a place, and what became of it."""

    def __init__(self, bounds: FairLimits = BOUNDS) -> None:
        self.admission = FairLimiter("test", bounds)
        self.running: list[str] = []
        self.done: list[str] = []
        self._go_on: dict[str, asyncio.Event] = {}

    async def ask(self, name: str) -> asyncio.Task[None]:
        """Ask as the client that the first letter of the name stands for."""
        self._go_on[name] = asyncio.Event()
        task = asyncio.create_task(self._run(name))
        for _ in range(3):
            await asyncio.sleep(0)
        return task

    async def finish(self, name: str) -> None:
        self._go_on[name].set()
        await until(lambda: name in self.done)

    async def _run(self, name: str) -> None:
        async with self.admission.admitted(name[0]):
            self.running.append(name)
            try:
                await self._go_on[name].wait()
            finally:
                self.running.remove(name)
                self.done.append(name)

    def ensure_empty(self) -> None:
        assert not self.running
        assert not self.admission._running
        assert not self.admission._queues


async def test_one_client_never_has_all_places() -> None:
    crowd = Crowd()
    tasks = [await crowd.ask(f"a{n}") for n in range(3)]
    assert crowd.running == ["a0"]
    tasks.append(await crowd.ask("b0"))
    assert crowd.running == ["a0", "b0"]
    for name in ("a0", "a1", "a2", "b0"):
        await crowd.finish(name)
    await asyncio.gather(*tasks)
    crowd.ensure_empty()


async def test_clients_take_turns_whoever_asked_first() -> None:
    crowd = Crowd(FairLimits(1, 1, 6, 3, 20))
    for name in ("a0", "a1", "a2", "a3", "b0", "c0"):
        await crowd.ask(name)
    for name in ("a0", "a1", "b0", "c0", "a2", "a3"):
        assert crowd.running == [name]
        await crowd.finish(name)
    crowd.ensure_empty()


async def test_what_goes_beyond_a_client_s_part_of_the_line_is_refused_at_once() -> None:
    crowd = Crowd()
    tasks = [await crowd.ask(f"a{n}") for n in range(4)]
    with pytest.raises(ServerBusy) as caught:
        await (await crowd.ask("a4"))
    assert caught.value.retry_after == 1
    for n in range(4):
        await crowd.finish(f"a{n}")
    await asyncio.gather(*tasks)
    crowd.ensure_empty()


async def test_in_a_full_line_the_client_with_the_most_makes_room() -> None:
    crowd = Crowd()
    names = ["a0", "b0", "a1", "a2", "a3", "b1", "b2", "b3"]
    tasks = {name: await crowd.ask(name) for name in names}
    tasks["c0"] = await crowd.ask("c0")
    with pytest.raises(ServerBusy):
        await tasks.pop("a3")
    tasks["c1"] = await crowd.ask("c1")
    with pytest.raises(ServerBusy):
        await tasks.pop("b3")
    # All have two by now: nobody makes room for a third.
    with pytest.raises(ServerBusy):
        await (await crowd.ask("c2"))
    for name in ("a0", "b0", "a1", "b1", "c0", "a2", "b2", "c1"):
        await crowd.finish(name)
    await asyncio.gather(*tasks.values())
    crowd.ensure_empty()


async def test_nobody_waits_longer_than_the_patience() -> None:
    crowd = Crowd(FairLimits(1, 1, 6, 3, 0.05))
    task = await crowd.ask("a0")
    with pytest.raises(ServerBusy):
        await (await crowd.ask("b0"))
    await crowd.finish("a0")
    await task
    crowd.ensure_empty()


async def test_those_who_go_away_leave_no_place_taken() -> None:
    crowd = Crowd(FairLimits(1, 1, 6, 3, 20))
    running, waiting = await crowd.ask("a0"), await crowd.ask("b0")
    at_last = await crowd.ask("c0")
    waiting.cancel()
    # In this very moment the one behind gets the place, and goes away as well.
    running.cancel()
    await asyncio.sleep(0)
    at_last.cancel()
    await asyncio.gather(running, waiting, at_last, return_exceptions=True)
    crowd.ensure_empty()
    task = await crowd.ask("d0")
    assert crowd.running == ["d0"]
    await crowd.finish("d0")
    await task


async def test_who_has_lost_patience_in_the_moment_a_place_is_free_takes_none() -> None:
    crowd = Crowd(FairLimits(1, 1, 6, 3, 20))
    first = crowd.admission.admitted("a")
    await first.__aenter__()
    late, behind = await crowd.ask("b0"), await crowd.ask("c0")
    # As the end of its patience does: the future is cancelled, and the task has not run since.
    late.cancel()
    await first.__aexit__(None, None, None)
    await until(lambda: crowd.running == ["c0"])
    await crowd.finish("c0")
    await asyncio.gather(late, behind, return_exceptions=True)
    crowd.ensure_empty()


async def test_who_has_lost_patience_in_the_moment_the_line_is_full_makes_room() -> None:
    crowd = Crowd(FairLimits(1, 1, 3, 3, 20))
    tasks = [await crowd.ask(name) for name in ("a0", "b0", "b1", "b2")]
    crowd._go_on["c0"] = asyncio.Event()
    tasks.append(asyncio.create_task(crowd._run("c0")))
    # The one who asks has its turn first, and finds the line full.
    tasks[3].cancel()
    await until(lambda: "c" in crowd.admission._queues)
    for name in ("a0", "b0", "c0", "b1"):
        await until(lambda name=name: name in crowd.running)
        await crowd.finish(name)
    await asyncio.gather(*tasks, return_exceptions=True)
    crowd.ensure_empty()
