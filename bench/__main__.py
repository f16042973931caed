"""`python -m bench [TOPIC ...]`: measure beside the peers, and compare with the committed ratios.

Without a topic, all topics are measured and the results are written to `bench/results`.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import structs

from bench import (
    attacks,
    broadcasts,
    chat,
    files,
    limits,
    login,
    logins,
    media,
    orders,
    phone,
    players,
    prices,
    prints,
    reads,
    start,
    sync,
    writes,
)
from bench.chart import draw_chart
from bench.filling import Sizes, analyze, create_data, fill
from bench.install import ROOT, install_generator
from bench.load import find_generator
from bench.machine import Machine, describe_machine
from bench.plan import Plan, Topic
from bench.processes import output_of
from bench.ratios import TOLERANCE, Ratio, Result, Skipped, compare
from bench.report import (
    RESULTS,
    Report,
    format_comparison,
    format_line,
    format_markdown,
    read_json,
    write_json,
)
from bench.server import Launch, running_server
from veza.app.search_index import rebuild_search

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        reads.TOPIC,
        writes.TOPIC,
        orders.TOPIC,
        broadcasts.TOPIC,
        logins.TOPIC,
        chat.TOPIC,
        media.TOPIC,
        files.TOPIC,
        start.TOPIC,
        limits.TOPIC,
        login.TOPIC,
        attacks.TOPIC,
        players.TOPIC,
        sync.TOPIC,
        phone.TOPIC,
        prints.TOPIC,
        prices.TOPIC,
    )
}
_JSON = "results.json"


def main() -> None:
    """Run the benchmarks of the arguments."""
    arguments = _parse_arguments()
    try:
        sys.exit(asyncio.run(_run(arguments)))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"of {', '.join(TOPICS)}")
    parser.add_argument("--check", action="store_true", help="a shorter run; 1 if a ratio is worse")
    parser.add_argument("--rounds", type=int, help="rounds of each case (3; 2 with --check)")
    parser.add_argument("--seconds", type=float, help="of each case in a round (1)")
    parser.add_argument("--data", type=Path, help="keep the filled data directory here")
    parser.add_argument("--recipients", type=int, default=5_000, help="of a broadcast (5,000)")
    parser.add_argument(
        "--prints", type=int, default=1_000_000, help="to look up among (1,000,000)"
    )
    for name in Sizes.__struct_fields__:
        default = getattr(Sizes(), name)
        parser.add_argument(f"--{name}", type=int, default=default, help=f"({default:,})")
    arguments = parser.parse_args()
    if unknown := set(arguments.topics) - TOPICS.keys():
        parser.error(f"There is no topic {', '.join(sorted(unknown))}: {', '.join(TOPICS)}.")
    return arguments


async def _run(arguments: argparse.Namespace) -> int:
    """Measure, print and write the results; return the exit code."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    began, machine = time.monotonic(), await describe_machine()
    commit = (await output_of("git", "-C", ROOT, "describe", "--always", "--dirty")).strip()
    topics = [TOPICS[name] for name in arguments.topics]
    topics = topics or [topic for topic in TOPICS.values() if topic.is_compared]
    await install_generator()
    async with _planned(arguments, topics) as plan:
        results, failed = await _measure(plan, topics)
        if arguments.check:
            return await _check(plan, topics, results) or bool(failed)
    if not arguments.topics:
        took_s = round(time.monotonic() - began)
        _write(_create_report(plan, machine, commit, took_s, results))
    return bool(failed)


@asynccontextmanager
async def _planned(arguments: argparse.Namespace, topics: Sequence[Topic]) -> AsyncGenerator[Plan]:
    """Yield the plan, with filled data if a topic needs it."""
    sizes = Sizes(**{name: getattr(arguments, name) for name in Sizes.__struct_fields__})
    with tempfile.TemporaryDirectory(prefix="veza-bench-") as scratch:
        folder = arguments.data or Path(scratch) / "data"
        plan = Plan(
            rounds=arguments.rounds or (2 if arguments.check else 3),
            seconds=arguments.seconds or 1.0,
            sizes=sizes,
            folder=folder,
            recipients=arguments.recipients,
            prints=arguments.prints,
        )
        if any(topic.needs_data for topic in topics) and not folder.exists():
            began = time.monotonic()
            await create_data(folder)
            async with running_server(Launch(folder)) as server:
                await fill(server.addresses.migration, server.superuser_url, sizes)
                await rebuild_search(server.services.database)
                await analyze(server.addresses.migration)
            print(f"Filled a data directory in {time.monotonic() - began:.0f} s", flush=True)
        yield plan


async def _measure(plan: Plan, topics: Sequence[Topic]) -> tuple[list[Result], list[str]]:
    """Run topics one after the other; return their results and the names of those that failed."""
    results: list[Result] = []
    failed: list[str] = []
    for topic in topics:
        print(f"== {topic.name}", flush=True)
        began = time.monotonic()
        try:
            found = await topic.run(plan)
        except Exception:
            traceback.print_exc()
            failed.append(topic.name)
            continue
        results += found
        print("\n".join(map(format_line, found)))
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
    return results, failed


async def _check(plan: Plan, topics: Sequence[Topic], results: list[Result]) -> int:
    """Compare with the committed ratios; return 1 if one is worse, also when measured again."""
    try:
        committed = read_json(RESULTS / _JSON)
    except FileNotFoundError:
        print("There are no committed results: run `make bench` and commit them.")
        return 1
    worse = {c.case.topic for c in compare(committed.ratios, results) if c.is_worse}
    if worse:
        print(f"Measuring again, in more rounds: {', '.join(sorted(worse))}")
        again = [topic for topic in topics if topic.name in worse]
        longer = structs.replace(plan, rounds=committed.rounds, seconds=committed.seconds)
        repeated, _ = await _measure(longer, again)
        results = [*(r for r in results if r.case.topic not in worse), *repeated]
    comparisons = compare(committed.ratios, results)
    print(
        f"== compared with {committed.date}: medians of {plan.rounds} interleaved rounds, "
        f"{TOLERANCE:.0%} tolerated"
    )
    print(format_comparison(comparisons))
    return int(any(c.is_worse for c in comparisons) or not comparisons)


def _create_report(
    plan: Plan, machine: Machine, commit: str, took_s: int, results: Sequence[Result]
) -> Report:
    return Report(
        date=datetime.now(UTC).date().isoformat(),
        commit=commit,
        took_s=took_s,
        rounds=plan.rounds,
        seconds=plan.seconds,
        generator=find_generator(),
        rows=structs.asdict(plan.sizes),
        machine=machine,
        ratios=[r for r in results if isinstance(r, Ratio)],
        skipped=[r for r in results if isinstance(r, Skipped)],
    )


def _write(report: Report) -> None:
    RESULTS.mkdir(exist_ok=True)
    for chart in RESULTS.glob("*.svg"):
        chart.unlink()
    write_json(report, RESULTS / _JSON)
    (RESULTS / "README.md").write_text(format_markdown(report))
    for topic in dict.fromkeys(ratio.case.topic for ratio in report.ratios):
        ratios = [ratio for ratio in report.ratios if ratio.case.topic == topic]
        title = f"{topic.capitalize()}: Veza / reference"
        (RESULTS / f"{topic}.svg").write_text(draw_chart(title, ratios))
    print(f"Wrote {RESULTS.relative_to(ROOT)}")


main()
