"""A run of the soak test: a server, its load, and samples of what it holds every few seconds."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.load import UNLIMITED
from tests.cluster.verify import find_lost
from tests.journeys.served import served
from tests.soak.mix import HOOK_SECRET, Mix
from tests.soak.samples import Sampler
from tests.soak.trends import Trend, find_trends

SAMPLED_S = 5.0


@dataclass(frozen=True)
class Result:
    """What became of a run: trends of what the server holds, requests, CPU time, problems."""

    trends: Sequence[Trend]
    requests: int
    failed: Counter[str]
    lost: Sequence[str]
    cpu_share: float

    def list_problems(self) -> list[str]:
        """Return what is wrong, one sentence for each."""
        growing = [
            f"{trend.name} grew by {trend.growth:.1f} in the second half, "
            f"at {trend.slope:.1f} an hour; {trend.bound:.1f} are allowed"
            for trend in self.trends
            if trend.is_growing
        ]
        failed = [f"{count} requests failed: {what}" for what, count in self.failed.items()]
        return [*growing, *failed, *(f"It was acknowledged, and lost: {one}" for one in self.lost)]


def soak(minutes: float, *, pace: float = 1, slack: float = 1) -> Result:
    """Run a server with embedded engines under a steady load, and return what became of it.

    `pace` is how often everything is done, and `slack` how much more it may grow than in half an
    hour.
    """
    with _loaded(pace) as (load, sampler):
        began, cpu_s = time.monotonic(), sampler.cpu_s()
        times, samples = [], []
        while time.monotonic() < began + minutes * 60:
            times.append(time.monotonic() - began)
            samples.append(sampler.take())
            load.ensure_well()
            time.sleep(max(0.0, began + times[-1] + SAMPLED_S - time.monotonic()))
        cpu_share = (sampler.cpu_s() - cpu_s) / (time.monotonic() - began)
        load.stop()
        failures = load.record.failures(0)
        return Result(
            trends=find_trends(samples, times, slack),
            requests=len(load.record.answers),
            failed=Counter(f"{one.kind} {one.result}" for one in failures),
            lost=find_lost(load),
            cpu_share=cpu_share,
        )


@contextmanager
def _loaded(pace: float) -> Iterator[tuple[Mix, Sampler]]:
    """A server under load. If something fails inside, the load is stopped all the same."""
    with (
        served("--workers", "2", VEZA_LIVE_HOOK_SECRET=HOOK_SECRET, **UNLIMITED) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        load = Mix(server.url, Path(folder), pace)
        load.start()
        try:
            yield load, Sampler(server)
        finally:
            load.stop()
