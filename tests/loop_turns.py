"""Counts work between two turns of the event loop: how long others wait, without a clock."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

_TOOL = sys.monitoring.PROFILER_ID


class Turns(Struct):
    """The calls of each function: the most between two turns, and all. And the turns."""

    most: Counter[str]
    calls: Counter[str]
    count: int = 0


@contextmanager
def counted_turns(
    *functions: Callable[..., Any], on_call: Callable[[], None] = lambda: None
) -> Iterator[Turns]:
    """Count the turns of the loop, and the calls of these functions. Run it in the loop."""
    turns, since_turn = Turns(Counter(), Counter()), Counter[str]()

    async def tick() -> None:
        while True:
            turns.count += 1
            since_turn.clear()
            await asyncio.sleep(0)

    def note(code: Any, _: int) -> None:
        name = code.co_name
        since_turn[name] += 1
        turns.calls[name] += 1
        turns.most[name] = max(turns.most[name], since_turn[name])
        on_call()

    monitoring = sys.monitoring
    codes = [function.__code__ for function in functions]
    monitoring.use_tool_id(_TOOL, "turns")
    monitoring.register_callback(_TOOL, monitoring.events.PY_START, note)
    for code in codes:
        monitoring.set_local_events(_TOOL, code, monitoring.events.PY_START)
    ticking = asyncio.get_running_loop().create_task(tick())
    try:
        yield turns
    finally:
        ticking.cancel()
        for code in codes:
            monitoring.set_local_events(_TOOL, code, 0)
        monitoring.register_callback(_TOOL, monitoring.events.PY_START, None)
        monitoring.free_tool_id(_TOOL)
