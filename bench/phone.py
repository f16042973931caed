"""The first page on a phone: when something is painted, and how long the page is busy.

Chromium emulates both: the processor at a quarter of its speed, and the network by its preset for
1.6 Mbit/s and 150 ms. As it delays requests alone, that preset waits 562 ms for each answer, in
place of the round trips of new connections, and has nine tenths of the bytes. Each load begins with
an empty cache, in the window of a phone. There is no other program to compare with: the reference
is the goal.

`python -m bench.phone http://localhost:8080 [EMAIL PASSWORD]` measures a server that runs already,
as a visitor or as a member.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx
from msgspec import Struct

from bench.plan import Plan, Topic
from bench.ratios import Case, Result, Sample, compute_ratio
from bench.server import Launch, running_server
from tests.journeys.browser import Tab, browsing
from veza_demo.fill import fill

RUNS = 5
_WINDOW = {"width": 412, "height": 823, "deviceScaleFactor": 1.75, "mobile": True}
_SLOWER = 4
_NETWORK = {"latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}
# A page has been shown when nothing was asked for, and no task was long, for this time.
_QUIET_MS = 2_500
_GIVE_UP_S = 60
_OBSERVE = Path(__file__).with_name("phone.js").read_text()


class Goal(NamedTuple):
    """A figure of a load: what it is, and what it shall not exceed, in ms or without a unit."""

    figure: str
    name: str
    limit: float
    unit: str = "ms"


GOALS = (
    Goal("lcp", "largest content is painted (LCP)", 2_500),
    Goal("fcp", "first content is painted (FCP)", 1_500),
    Goal("blocked", "blocked by long tasks (TBT)", 300),
    Goal("shift", "layout shift (CLS)", 0.05, ""),
)


class Load(Struct, frozen=True):
    """The figures of one load: times in ms, and bytes as they were sent by the kind of file."""

    lcp: float
    fcp: float
    blocked: float
    shift: float
    largest: str
    sizes: dict[str, int]


async def run(plan: Plan) -> list[Result]:
    """Fill a server with the demonstration; load its first page as a visitor and as a member."""
    runs = max(plan.rounds, RUNS)
    with tempfile.TemporaryDirectory(prefix="veza-bench-") as scratch:
        launch = Launch(Path(scratch) / "data", has_job_worker=True)
        async with running_server(launch) as server:
            await fill(server.services)
            url = f"http://127.0.0.1:{server.port}"
            visitor = await asyncio.to_thread(measure, url, runs)
            who = await asyncio.to_thread(_sign_up, url)
            member = await asyncio.to_thread(measure, url, runs, sign_in=who)
    for name, loads in (("a visitor", visitor), ("a member", member)):
        print(f"first page of {name}: {_format(loads)}")
    return [
        *(_compare("a visitor", goal, visitor) for goal in GOALS),
        *(_compare("a member", goal, member) for goal in GOALS),
    ]


def _sign_up(url: str) -> tuple[str, str]:
    """Make a member; return the address and the password."""
    email, password = "phone@example.com", "a long enough sentence"
    form = {"username": "phone", "email": email, "password": password}
    httpx.post(f"{url}/api/v1/auth/register", json=form, timeout=30).raise_for_status()
    return email, password


def _compare(who: str, goal: Goal, loads: Sequence[Load]) -> Result:
    case = Case(
        topic="phone",
        name=f"first page of {who}, {goal.name}",
        reference="goal",
        unit=goal.unit,
        is_lower_better=True,
        goal=1.0,
    )
    ours = [Sample(getattr(load, goal.figure)) for load in loads]
    return compute_ratio(case, ours, [Sample(goal.limit)] * len(ours))


def measure(url: str, runs: int = RUNS, sign_in: tuple[str, str] | None = None) -> list[Load]:
    """Load the first page several times, after one load that does not count."""
    with browsing() as tab:
        tab.call("Emulation.setDeviceMetricsOverride", **_WINDOW)
        tab.call("Emulation.setUserAgentOverride", userAgent=_agent_of(tab), acceptLanguage="en-US")
        tab.run_before_pages(_OBSERVE)
        if sign_in is not None:
            _sign_in(tab, url, *sign_in)
        return [_load(tab, url) for _ in range(runs + 1)][1:]


def _agent_of(tab: Tab) -> str:
    return tab.call("Browser.getVersion")["userAgent"].replace("Headless", "")


def _sign_in(tab: Tab, url: str, email: str, password: str) -> None:
    tab.open(f"{url}/sign-in")
    said = json.dumps({"email": email, "password": password})
    time.sleep(3)
    lasts = tab.ask(
        f"""fetch('/api/v1/auth/login', {{method: 'POST', body: JSON.stringify({said}),
            headers: {{'content-type': 'application/json'}}}})
            .then((answer) => answer.json()).then((answer) => answer.data.expires_in)"""
    )
    tab.ask(f"localStorage.setItem('veza.session', String(Date.now() + {lasts} * 1000))")


def _load(tab: Tab, url: str) -> Load:
    tab.call("Emulation.setCPUThrottlingRate", rate=1)
    tab.open("about:blank")
    tab.call("Network.clearBrowserCache")
    origin = {"origin": url, "storageTypes": "service_workers,cache_storage"}
    tab.call("Storage.clearDataForOrigin", **origin)
    tab.call("Emulation.setCPUThrottlingRate", rate=_SLOWER)
    tab.call("Network.emulateNetworkConditions", offline=False, **_NETWORK)
    tab.open(url)
    give_up_at = time.monotonic() + _GIVE_UP_S
    while not tab.ask(f"globalThis.measured?.isQuiet({_QUIET_MS}) ?? false"):
        if time.monotonic() > give_up_at:
            raise RuntimeError("The page does not come to rest.")
        time.sleep(0.25)
    found = json.loads(tab.ask("JSON.stringify(measured.read())"))
    return Load(**found)


def _format(loads: Sequence[Load]) -> str:
    """Return the medians of the figures, those of each load, and the bytes by kind of file."""
    lines: list[str] = []
    for goal in GOALS:
        values = [getattr(load, goal.figure) for load in loads]
        each = ", ".join(f"{value:.4g}" for value in values)
        lines.append(f"{goal.name} {median(values):.4g} {goal.unit} (of {goal.limit:g}; {each})")
    kinds = sorted({kind for load in loads for kind in load.sizes})
    sizes = {kind: median(load.sizes.get(kind, 0) for load in loads) for kind in kinds}
    lines.append(", ".join(f"{kind} {size / 1000:.1f} kB" for kind, size in sizes.items()))
    return "\n  ".join([*lines, f"largest: {loads[0].largest}"])


TOPIC = Topic("phone", run, is_compared=False)

if __name__ == "__main__":
    _url, *_who = sys.argv[1:]
    print(_format(measure(_url, sign_in=(_who[0], _who[1]) if _who else None)))
