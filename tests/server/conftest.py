"""Scenarios run on both event loops."""

import asyncio

import pytest
import uvloop

from tests.server.running import OnLoop, Scenario


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def on_loop(request: pytest.FixtureRequest) -> OnLoop:
    def run(scenario: Scenario) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(scenario())  # type: ignore[arg-type]

    return run
