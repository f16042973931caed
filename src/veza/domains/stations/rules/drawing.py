"""Draws the next track of a pool: each once a cycle, in an order that the seed decides.

The same artist is not drawn again within the spacing, as long as the tracks of the pool allow it.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

from veza.domains.stations.models.marks import PoolState
from veza.domains.stations.models.rotations import JINGLES, Rotation


class Drawing:
    """The remaining tracks of the cycle of one pool."""

    def __init__(self, rotation: Rotation, name: str, state: PoolState | None) -> None:
        self._rotation = rotation
        self._name = name
        self._pool = rotation.pools[name]
        self._cycle = 0
        self._played: list[int] = []
        self._remaining: list[int] = []
        self._counts: Counter[str] = Counter()
        self._begin(state or PoolState())

    def state(self) -> PoolState:
        """Return the progress, from which a drawing continues in the same way."""
        return PoolState(self._cycle, list(self._played))

    def draw(self, recent: Sequence[str]) -> int:
        """Return the next track; `recent` are the artists that played, the latest last."""
        if not self._remaining:
            self._begin(PoolState(self._cycle + 1))
        chosen = self._choose(recent)
        self._remaining.remove(chosen)
        self._counts[self._rotation.artists[chosen]] -= 1
        self._played.append(chosen)
        return chosen

    def take(self, track: int) -> None:
        """Note that a track was played without being drawn."""
        if track in self._remaining:
            self._remaining.remove(track)
            self._counts[self._rotation.artists[track]] -= 1
            self._played.append(track)

    def _begin(self, state: PoolState) -> None:
        played = set(state.played)
        self._cycle = state.cycle
        self._played = list(state.played)
        order = sorted(self._pool, key=self._place)
        self._remaining = [index for index in order if index not in played]
        self._counts = Counter(self._rotation.artists[index] for index in self._remaining)

    def _place(self, index: int) -> bytes:
        track = self._rotation.tracks[index]
        text = f"{self._rotation.seed}:{self._name}:{self._cycle}:{track.id}"
        return blake2b(text.encode(), digest_size=8).digest()

    def _choose(self, recent: Sequence[str]) -> int:
        if self._name == JINGLES:
            return self._remaining[0]
        artists = self._rotation.artists
        gap = self._rotation.gaps[self._name]
        near = frozenset(recent[max(0, len(recent) - gap) :])
        urgent = self._find_urgent(gap)
        if urgent:
            # These need all the places that are left, however near they played.
            for index in self._remaining:
                if artists[index] in urgent and artists[index] not in near:
                    return index
        for index in self._remaining:
            if artists[index] not in near:
                return index
        return min(self._remaining, key=lambda index: _last_place(recent, artists[index]))

    def _find_urgent(self, gap: int) -> set[str]:
        """Return the artists whose tracks would otherwise meet at the end of the cycle."""
        if not gap:
            return set()
        most = max(self._counts.values())
        busiest = {artist for artist, count in self._counts.items() if count == most}
        needed = (most - 1) * (gap + 1) + len(busiest)
        return busiest if most > 1 and needed >= len(self._remaining) else set()


def _last_place(recent: Sequence[str], artist: str) -> int:
    for back, other in enumerate(reversed(recent)):
        if other == artist:
            return -back
    return -len(recent) - 1
