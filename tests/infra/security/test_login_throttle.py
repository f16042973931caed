"""Attempts that may fail: what is counted, however they end, with and without Valkey."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from veza.app.services import Services
from veza.core.errors import TooManyRequests, Unavailable
from veza.core.ids import new_id
from veza.infra.security import login_throttle as module
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.valkey import client as valkey
from veza.infra.valkey.client import ValkeyClient, counter_key


@pytest.fixture
async def gone() -> AsyncIterator[ValkeyClient]:
    async with valkey.connect("unix:///nowhere/valkey.sock") as client:
        yield client


@pytest.fixture(params=["with Valkey", "without"])
def client(request: pytest.FixtureRequest, services: Services, gone: ValkeyClient) -> ValkeyClient:
    return services.valkey if request.param == "with Valkey" else gone


@pytest.fixture
def attempts(client: ValkeyClient) -> LoginThrottle:
    return LoginThrottle(client, max_failures=3, window_s=60)


@pytest.fixture
def key() -> str:
    return f"test:{new_id()}"


async def _fail(attempts: LoginThrottle, key: str, *, times: int = 1) -> None:
    for _ in range(times):
        async with attempts.attempt(key, TooManyRequests) as attempt:
            attempt.fail()


async def _is_refused(attempts: LoginThrottle, key: str) -> bool:
    try:
        async with attempts.attempt(key, TooManyRequests):
            return False
    except TooManyRequests as refusal:
        return 0 < (refusal.retry_after or 0) <= 60


async def test_after_the_last_failure_the_next_attempt_is_refused(
    attempts: LoginThrottle, key: str
) -> None:
    await _fail(attempts, key, times=2)
    assert not await _is_refused(attempts, key)
    await _fail(attempts, key)

    assert await _is_refused(attempts, key)
    assert not await _is_refused(attempts, f"{key}-other")


@pytest.mark.parametrize("end", [Unavailable("away"), asyncio.CancelledError(), ValueError()])
async def test_an_attempt_that_raises_is_not_counted(
    attempts: LoginThrottle, key: str, end: BaseException
) -> None:
    for _ in range(10):
        with pytest.raises(type(end)):
            async with attempts.attempt(key, TooManyRequests):
                raise end

    assert not await _is_refused(attempts, key)


async def test_a_failure_is_counted_though_it_is_told_by_raising(
    attempts: LoginThrottle, key: str
) -> None:
    async def fail() -> None:
        async with attempts.attempt(key, TooManyRequests) as attempt:
            attempt.fail()
            raise ValueError("wrong")

    for _ in range(3):
        with pytest.raises(ValueError, match="wrong"):
            await fail()

    assert await _is_refused(attempts, key)


async def test_of_two_hundred_at_once_three_fail_and_the_others_are_refused(
    attempts: LoginThrottle, key: str
) -> None:
    ran: list[int] = []

    async def run(n: int) -> None:
        async with attempts.attempt(key, TooManyRequests) as attempt:
            ran.append(n)
            await asyncio.sleep(0.01)
            attempt.fail()

    answers = await asyncio.gather(*(run(n) for n in range(200)), return_exceptions=True)

    assert len(ran) == 3
    assert sum(isinstance(answer, TooManyRequests) for answer in answers) == 197


async def test_many_that_turn_out_well_all_run(attempts: LoginThrottle, key: str) -> None:
    ran: list[int] = []

    async def run(n: int) -> None:
        async with attempts.attempt(key, TooManyRequests):
            ran.append(n)

    await asyncio.gather(*(run(n) for n in range(20)))

    assert len(ran) == 20


async def test_success_forgets_the_failures_where_it_says_so(
    attempts: LoginThrottle, key: str
) -> None:
    await _fail(attempts, key, times=2)
    async with attempts.attempt(key, TooManyRequests) as attempt:
        attempt.clear()
    await _fail(attempts, key, times=2)
    assert not await _is_refused(attempts, key)
    await _fail(attempts, key)
    assert await _is_refused(attempts, key)
    await attempts.clear(key)

    assert not await _is_refused(attempts, key)


async def test_the_failures_of_all_processes_are_counted_together(
    services: Services, key: str
) -> None:
    one, other = (LoginThrottle(services.valkey, max_failures=3, window_s=60) for _ in range(2))
    await _fail(one, key, times=2)
    await _fail(other, key)

    assert await _is_refused(one, key)
    await one.clear(key)
    await _fail(one, key)
    assert not await _is_refused(other, key)
    assert not await _is_refused(one, key)


async def test_an_attempt_whose_process_died_holds_its_place_for_a_while_only(
    services: Services, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RESERVED_MS", 100)
    dying = LoginThrottle(services.valkey, max_failures=3, window_s=60)
    running = [dying.attempt(key, TooManyRequests) for _ in range(3)]
    for attempt in running:
        await attempt.__aenter__()
    other = LoginThrottle(services.valkey, max_failures=3, window_s=60)

    # It waits until the places are free, and no longer.
    assert not await _is_refused(other, key)


async def test_failures_are_known_when_valkey_goes_away(
    services: Services, gone: ValkeyClient, key: str
) -> None:
    attempts = LoginThrottle(services.valkey, max_failures=3, window_s=60)
    away = LoginThrottle(gone, max_failures=3, window_s=60)
    await _fail(attempts, key, times=2)
    attempts._reserve_script, attempts._end_script = away._reserve_script, away._end_script
    await _fail(attempts, key)

    assert await _is_refused(attempts, key)


async def test_nothing_stays_for_ever_nor_names_anybody(services: Services, key: str) -> None:
    attempts = LoginThrottle(services.valkey, max_failures=3, window_s=60)
    async with attempts.attempt(key, TooManyRequests) as attempt:
        attempt.fail()
        places = [counter_key(f"{key}:failed"), counter_key(f"{key}:running")]
        assert 0 < await services.valkey.pttl(places[1]) <= 60_000
    assert 0 < await services.valkey.pttl(places[0]) <= 60_000
    assert not await services.valkey.exists(places[1])
    assert not [found async for found in services.valkey.scan_iter(f"*{key}*")]


async def test_of_many_keys_the_latest_are_remembered(
    gone: ValkeyClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_REMEMBERED", 10)
    attempts = LoginThrottle(gone, max_failures=3, window_s=60)
    for n in range(100):
        await _fail(attempts, f"test:{n}", times=3)

    assert len(attempts._known) <= 10
    assert await _is_refused(attempts, "test:99")
