"""Run the soak test, and print the table of docs/performance.md.

python -m tests.soak 30     # minutes
"""

import sys

from tests.cluster.cluster import end_at_sigterm
from tests.soak.run import Result, soak


def main() -> None:
    end_at_sigterm()
    result = soak(float(sys.argv[1]))
    _show(result)
    problems = result.list_problems()
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(bool(problems))


def _show(result: Result) -> None:
    print("| measured | start | middle | end | an hour | allowed, second half |")
    print("| --- | --- | --- | --- | --- | --- |")
    for trend in result.trends:
        cells = (trend.start, trend.middle, trend.end, trend.slope, trend.bound)
        print(f"| {trend.name} | {' | '.join(f'{cell:.1f}' for cell in cells)} |")
    failed = sum(result.failed.values())
    print(f"{result.requests} requests, {failed} failed, {result.cpu_share:.0%} of a core")


if __name__ == "__main__":
    main()
