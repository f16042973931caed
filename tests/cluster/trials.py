"""Try all faults under load, and print the table of docs/performance.md.

python -m tests.cluster.trials            # all of them, some ten minutes
python -m tests.cluster.trials valkey     # those with a word in their name
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.cluster.cluster import Cluster, end_at_sigterm, running
from tests.cluster.faults import FAULTS, Fault
from tests.cluster.load import UNLIMITED, Answer, Load
from tests.cluster.verify import find_lost

BEFORE_S = 2
# So long without a failure, it is over.
CALM_S = 4
PATIENCE_S = 90


def main() -> None:
    end_at_sigterm()
    words = sys.argv[1:]
    chosen = [fault for fault in FAULTS if all(word in fault.name for word in words)]
    has_lost = False
    with running(**UNLIMITED) as cluster:
        print("| fault | what users see | for how long | slowest answer | lost |")
        print("| --- | --- | --- | --- | --- |", flush=True)
        for fault in chosen:
            line, lost = attempt(cluster, fault)
            has_lost = has_lost or bool(lost)
            print(line, flush=True)
            for one in lost:
                print(f"LOST: {one}", file=sys.stderr)
    sys.exit(has_lost)


def attempt(cluster: Cluster, fault: Fault) -> tuple[str, list[str]]:
    """Try a fault under load; return the line of the table, and what was lost."""
    load = Load(cluster.url, Path(tempfile.mkdtemp(dir=cluster.folder)))
    load.start()
    time.sleep(BEFORE_S)
    began = time.monotonic()
    fault.hurt(cluster)
    time.sleep(fault.held_s)
    healed = time.monotonic()
    fault.heal(cluster)
    _wait_for_calm(load, fault)
    load.stop()
    lost = find_lost(load)
    return _describe(fault, load, began=began, healed=healed, lost=lost), lost


def _wait_for_calm(load: Load, fault: Fault) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while load.record.failures(time.monotonic() - CALM_S) or load.is_waiting(CALM_S):
        assert time.monotonic() < give_up_at, f"It does not end: {fault.name}"
        time.sleep(0.2)
    time.sleep(CALM_S)


def _describe(fault: Fault, load: Load, *, began: float, healed: float, lost: list[str]) -> str:
    answers = [one for one in load.record.answers if one.sent_at + one.took_s >= began]
    failed = [one for one in answers if one.has_failed]
    slowest = max(one.took_s for one in answers)
    count = sum(len(of_kind) for of_kind in load.record.acknowledged.values())
    kept = f"{len(lost)} of {count}" if lost else f"nothing of {count}"
    return (
        f"| {fault.name} | {_summarise(failed, len(answers))} | {_duration(failed, began, healed)} "
        f"| {slowest:.1f} s | {kept} |"
    )


def _summarise(failed: list[Answer], total: int) -> str:
    """Return which answers of which kinds failed."""
    if not failed:
        return f"nothing: {total} requests succeed"
    results = Counter(one.result for one in failed)
    shown = ", ".join(f"{count} × {result}" for result, count in results.most_common())
    kinds = sorted({one.kind for one in failed})
    return f"{shown} of {total} requests ({', '.join(kinds)})"


def _duration(failed: list[Answer], began: float, healed: float) -> str:
    if not failed:
        return "—"
    first = min(one.sent_at + one.took_s for one in failed)
    last = max(one.sent_at + one.took_s for one in failed)
    after = last - healed
    ended = f", {after:.1f} s after the repair began" if after > 0 else ""
    return f"{last - min(first, last):.1f} s{ended}"


if __name__ == "__main__":
    main()
