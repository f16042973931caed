"""Limits: never exceeded in any window, over all processes; in each alone while Valkey is gone."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.ids import new_id
from veza.infra.processes.embedded_valkey import start_valkey, valkey_url
from veza.infra.valkey import client as valkey
from veza.infra.valkey import rate_limiter as limiter_module
from veza.infra.valkey.client import ValkeyClient
from veza.infra.valkey.rate_limiter import (
    RateLimit,
    RateLimitDecision,
    RateLimiter,
    RateLimitUse,
)

MINUTE = RateLimit("minute", 10, 60)
PASSWORD = "of the limiter's own Valkey"

OTHER_PROCESS = """
import asyncio, sys
from veza.infra.valkey import client as valkey
from veza.infra.valkey.rate_limiter import RateLimit, RateLimiter, RateLimitUse

async def main(url, user, tries):
    valkey.TIMEOUT_S = 30.0
    async with valkey.connect(url) as client:
        limiter = RateLimiter(client)
        use = RateLimitUse(RateLimit("shared", 100, 60), user)
        await limiter.take([RateLimitUse(RateLimit("warm", 1, 1), user)])
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        verdicts = await asyncio.gather(*(limiter.take([use]) for _ in range(tries)))
        print(sum(verdict.is_allowed for verdict in verdicts), flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


@pytest.fixture
async def gone() -> AsyncIterator[ValkeyClient]:
    async with valkey.connect("unix:///nowhere/valkey.sock") as client:
        yield client


@pytest.fixture(params=["with Valkey", "without Valkey"])
def limiter(request: pytest.FixtureRequest, services: Services, gone: ValkeyClient) -> RateLimiter:
    return RateLimiter(services.valkey if request.param == "with Valkey" else gone)


@pytest.fixture
def user() -> str:
    return str(new_id())


async def _take(
    limiter: RateLimiter, uses: Sequence[RateLimitUse], times: int
) -> list[RateLimitDecision]:
    return list(await asyncio.gather(*(limiter.take(uses) for _ in range(times))))


def _allowed(verdicts: Sequence[RateLimitDecision]) -> int:
    return sum(verdict.is_allowed for verdict in verdicts)


async def test_as_many_uses_as_there_may_be_are_allowed(limiter: RateLimiter, user: str) -> None:
    verdicts = [await limiter.take([RateLimitUse(MINUTE, user)]) for _ in range(12)]

    assert [v.is_allowed for v in verdicts] == [True] * 10 + [False] * 2
    assert [v.states[0].left for v in verdicts] == [*range(9, -1, -1), 0, 0]
    assert {v.states[0].limit for v in verdicts} == {MINUTE}
    ends = [v.states[0].ends_in_s for v in verdicts]
    # The clock may be so large that a sum with it is rounded.
    assert ends[0] == pytest.approx(60)
    assert all(50 < end <= 60.001 for end in ends)
    assert ends == sorted(ends, reverse=True), "It is always the oldest use that ends next."


async def test_uses_at_once_are_never_more_than_the_limit(limiter: RateLimiter, user: str) -> None:
    verdicts = await _take(limiter, [RateLimitUse(MINUTE, user)], 400)

    assert _allowed(verdicts) == 10
    assert sorted(v.states[0].left for v in verdicts if v.is_allowed) == list(range(10))


async def test_each_user_has_uses_of_their_own(limiter: RateLimiter, user: str) -> None:
    mine, yours = [RateLimitUse(MINUTE, user)], [RateLimitUse(MINUTE, f"{user}'s neighbour")]

    assert _allowed(await _take(limiter, mine, 20)) == 10
    assert _allowed(await _take(limiter, yours, 20)) == 10


async def test_what_one_limit_refuses_eats_nothing_of_the_others(
    limiter: RateLimiter, user: str
) -> None:
    all_together = RateLimit(f"all of {user}", 30, 60)
    mine = [RateLimitUse(MINUTE, user), RateLimitUse(all_together, "")]
    yours = [RateLimitUse(MINUTE, f"{user}'s neighbour"), RateLimitUse(all_together, "")]

    assert _allowed(await _take(limiter, mine, 200)) == 10
    assert _allowed([await limiter.take(mine) for _ in range(20)]) == 0
    verdict = await limiter.take(yours)
    assert [state.left for state in verdict.states] == [9, 19]


async def test_what_all_have_used_up_is_not_counted_for_anybody(
    limiter: RateLimiter, user: str
) -> None:
    all_together = RateLimit(f"all of {user}", 3, 60)
    uses = [RateLimitUse(MINUTE, user), RateLimitUse(all_together, "")]

    assert _allowed(await _take(limiter, uses, 20)) == 3
    assert (await limiter.take([RateLimitUse(MINUTE, user)])).states[0].left == 6


async def test_nothing_is_allowed_where_nothing_may_be(limiter: RateLimiter, user: str) -> None:
    verdict = await limiter.take([RateLimitUse(RateLimit("nothing", 0, 60), user)])

    [state] = verdict.states
    assert (verdict.is_allowed, state.limit, state.left) == (False, RateLimit("nothing", 0, 60), 0)
    assert state.ends_in_s == pytest.approx(60)


@pytest.mark.long
async def test_no_second_holds_more_than_the_limit(limiter: RateLimiter, user: str) -> None:
    """Not only those that begin with a use: all of them, wherever they begin."""
    use, moments = RateLimitUse(RateLimit("second", 5, 1), user), []
    while len(moments) < 16:
        if (await limiter.take([use])).is_allowed:
            moments.append(await _latest(limiter, use))
        await asyncio.sleep(0.02)

    assert all(later - earlier >= 1 for earlier, later in zip(moments, moments[5:], strict=False))


@pytest.mark.long
async def test_a_use_is_over_after_its_window(limiter: RateLimiter, user: str) -> None:
    use = RateLimitUse(RateLimit("second", 2, 1), user)
    assert _allowed(await _take(limiter, [use], 5)) == 2
    await asyncio.sleep(1.1)

    assert _allowed(await _take(limiter, [use], 5)) == 2


async def test_all_processes_count_together(services: Services, user: str) -> None:
    """Two processes and three clients of this one, all at once: exactly the limit is allowed."""
    command = [sys.executable, "-c", OTHER_PROCESS, services.addresses.valkey, user, "400"]
    pipes: dict[str, Any] = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    others = [await asyncio.create_subprocess_exec(*command, **pipes) for _ in range(2)]
    async with AsyncExitStack() as stack:
        connect = valkey.connect
        clients = [
            await stack.enter_async_context(connect(services.addresses.valkey)) for _ in range(3)
        ]
        for other in others:
            assert other.stdout is not None
            assert await other.stdout.readline() == b"ready\n"
        for other in others:
            assert other.stdin is not None
            other.stdin.write(b"go\n")
        use = RateLimitUse(RateLimit("shared", 100, 60), user)
        here = await asyncio.gather(*(_take(RateLimiter(client), [use], 400) for client in clients))
        there = [int((await other.communicate())[0]) for other in others]

    assert sum(_allowed(verdicts) for verdicts in here) + sum(there) == 100


async def test_those_who_ask_at_once_share_round_trips(services: Services, user: str) -> None:
    async with valkey.connect(services.addresses.valkey) as client:
        limiter, before = RateLimiter(client), await _calls(client)
        await _take(
            limiter,
            [RateLimitUse(MINUTE, user), RateLimitUse(RateLimit("all", 10**6, 60), user)],
            100,
        )

        assert await _calls(client) - before == 1


async def test_what_is_used_up_is_refused_without_a_round_trip(
    services: Services, user: str
) -> None:
    async with valkey.connect(services.addresses.valkey) as client:
        limiter, use = RateLimiter(client), RateLimitUse(MINUTE, user)
        await _take(limiter, [use], 11)
        before = await _calls(client)
        verdicts = await _take(limiter, [use], 100)

        assert _allowed(verdicts) == 0
        assert all(0 < v.states[0].ends_in_s <= 60 for v in verdicts)
        assert await _calls(client) == before


async def test_whoever_goes_away_before_being_counted_is_not_counted(
    services: Services, user: str
) -> None:
    limiter, use = RateLimiter(services.valkey), RateLimitUse(MINUTE, user)
    gone = asyncio.create_task(limiter.take([use]))
    stays = asyncio.create_task(limiter.take([use]))
    await asyncio.sleep(0)
    gone.cancel()

    assert (await stays).states[0].left == 9
    assert gone.cancelled()
    assert (await limiter.take([use])).states[0].left == 8


async def test_whoever_goes_away_on_the_way_disturbs_nobody(services: Services, user: str) -> None:
    limiter, use = RateLimiter(services.valkey), RateLimitUse(MINUTE, user)
    tasks = [asyncio.create_task(limiter.take([use])) for _ in range(8)]
    for task in tasks[::2]:
        await asyncio.sleep(0.0005)
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(answer, RateLimitDecision) for answer in answers[1::2])
    assert (await limiter.take([use])).is_allowed


async def test_nothing_is_kept_longer_than_it_counts(services: Services, user: str) -> None:
    use = RateLimitUse(MINUTE, user)
    await _take(RateLimiter(services.valkey), [use], 20)

    assert await services.valkey.llen(use.key) == 10
    assert 0 < await services.valkey.pttl(use.key) <= 60_000


async def test_uses_of_the_future_do_not_count(services: Services, user: str) -> None:
    """As after the server's clock was set back: nobody waits for it to come there again."""
    use = RateLimitUse(MINUTE, user)
    seconds, _ = await services.valkey.time()
    await services.valkey.lpush(use.key, *[(seconds + 3600) * 1_000_000] * 10)

    assert (await RateLimiter(services.valkey).take([use])).states[0].left == 9


async def test_a_limit_that_was_lowered_holds_at_once(services: Services, user: str) -> None:
    limiter = RateLimiter(services.valkey)
    await _take(limiter, [RateLimitUse(MINUTE, user)], 10)
    lower = RateLimitUse(msgspec.structs.replace(MINUTE, most=3), user)

    assert (await RateLimiter(services.valkey).take([lower])).states[0].left == 0


@pytest.mark.long
async def test_each_process_goes_on_by_itself_while_valkey_hangs(
    data_dir: Path, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = data_dir / "l"
    folder.mkdir(mode=0o755)
    engine = await start_valkey(folder, password=PASSWORD)
    use = [RateLimitUse(MINUTE, user)]
    async with valkey.connect(valkey_url(folder, PASSWORD)) as client:
        one, other = RateLimiter(client), RateLimiter(client)
        assert _allowed(await _take(one, use, 4)) == 4
        monkeypatch.setattr(valkey, "TIMEOUT_S", 0.3)
        os.kill(engine.pid, signal.SIGSTOP)
        assert _allowed(await _take(one, use, 400)) == 10
        assert _allowed(await _take(other, use, 400)) == 10

        os.kill(engine.pid, signal.SIGCONT)
        await until(lambda: _answers(client))
        # What was counted in Valkey still counts there.
        assert _allowed(await _take(RateLimiter(client), use, 400)) <= 6
        await engine.stop()


async def test_too_many_who_wait_are_judged_by_this_process_alone(
    services: Services, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter_module, "_MAX_WAITING", 5)
    verdicts = await _take(RateLimiter(services.valkey), [RateLimitUse(MINUTE, user)], 50)

    assert 10 <= _allowed(verdicts) <= 15


async def test_of_many_users_only_the_latest_are_remembered(
    gone: ValkeyClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter_module, "_MAX_REMEMBERED", 100)
    limiter, everybody = RateLimiter(gone), RateLimit("everybody", 10_000, 60)
    for n in range(1000):
        once = RateLimitUse(RateLimit("once", 1, 60), str(n))
        await limiter.take([once, RateLimitUse(everybody, "")])
        await limiter.take([once])
    verdict = await limiter.take([RateLimitUse(everybody, "")])

    assert verdict.states[0].left == 8999, "Who is there all the time is never forgotten."
    assert len(limiter._local._moments) <= 100
    assert len(limiter._exhausted._until) <= 100


async def _latest(limiter: RateLimiter, use: RateLimitUse) -> float:
    """When the latest use was counted, in seconds of the clock that counts."""
    alone = limiter._local._moments.get(use.key)
    if alone:
        return alone[-1]
    kept: Any = await limiter._take.registered_client.lindex(use.key, 0)
    return int(kept) / 1_000_000


async def _calls(client: ValkeyClient) -> int:
    """How often any script was called."""
    stats: dict[str, Any] = await client.info("commandstats")
    return stats.get("cmdstat_evalsha", {}).get("calls", 0)


async def _answers(client: ValkeyClient) -> bool:
    try:
        return bool(await client.ping())
    except valkey.GONE:
        return False
