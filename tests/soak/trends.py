"""Trends of what a server holds: how fast it grows, and whether that is more than noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# What a measure may grow by between the middle and the end of a run, whatever its size. The first
# word of a measure's name says of which kind it is.
FLOORS = {
    "memory": 4.0,
    "backend": 0.5,
    "files": 6.0,
    "connections": 4.0,
    "clients": 4.0,
    "keys": 40.0,
    "lasting": 2.0,
    "events": 20.0,
    "jobs": 10.0,
}
# … and by this part of its size, if that is more.
SHARE = 0.05
# A value that is shown is the median of so many samples.
SHOWN = 5


@dataclass(frozen=True)
class Trend:
    """How one measure changes: its values at the start, in the middle and at the end of a run.

    `growth` is by how much the second half grows, `slope` the same per hour, and `bound` by how
    much it may.
    """

    name: str
    start: float
    middle: float
    end: float
    slope: float
    growth: float
    bound: float

    @property
    def is_growing(self) -> bool:
        return self.growth > self.bound


def find_trend(
    name: str, times_s: Sequence[float], values: Sequence[float], slack: float = 1
) -> Trend:
    """Return the trend of a measure, by the Theil-Sen estimator over the second half.

    The first half is the warm-up. The estimator is the median of the slopes between all pairs of
    samples: a peak moves it little, however high. `slack` multiplies the bound, for short runs
    whose second half still warms up.
    """
    half = len(values) // 2
    times, later = np.asarray(times_s[half:]), np.asarray(values[half:])
    first, second = np.triu_indices(len(later), k=1)
    slope_s = float(np.median((later[second] - later[first]) / (times[second] - times[first])))
    middle = float(np.median(later[:SHOWN]))
    return Trend(
        name,
        start=float(np.median(values[:SHOWN])),
        middle=middle,
        end=float(np.median(later[-SHOWN:])),
        slope=slope_s * 3600,
        growth=slope_s * float(times[-1] - times[0]),
        bound=slack * max(FLOORS[name.split(maxsplit=1)[0]], SHARE * middle),
    )


def find_trends(
    samples: Sequence[Mapping[str, float]], times_s: Sequence[float], slack: float = 1
) -> list[Trend]:
    """Return the trends of all measures that the first sample has; each has to be in all of them.

    A process that ended takes its measures along, which fails here.
    """
    for number, sample in enumerate(samples):
        missing = samples[0].keys() ^ sample.keys()
        # Whether a process was replaced, or could not be measured once.
        lasting = samples[0].keys() ^ samples[-1].keys()
        assert not missing, (
            f"Sample {number} of {len(samples)} differs in what it holds: {sorted(missing)}; "
            f"the last one in: {sorted(lasting)}"
        )
    return [
        find_trend(name, times_s, [sample[name] for sample in samples], slack)
        for name in samples[0]
    ]
