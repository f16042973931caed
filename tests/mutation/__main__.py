"""Change the program in small ways, and see which changes no test notices.

python -m tests.mutation                         # 400 mutants of the whole program
python -m tests.mutation --only marketplace      # of the files with this in their path
python -m tests.mutation --again                 # the survivors, with other tests
python -m tests.mutation --report                # what is known so far

One run of the tests records which functions each test executes. Then each mutant is put into a
process that has all tests and engines ready, and the tests that execute its function run, those
of its own folder first, until one fails. No file is changed, and a mutant costs a few seconds.
What is known is in `build/mutation`: a run that was stopped goes on there. Tests that only ask
servers in processes of their own (journeys, clusters) see no mutants and are left out.

mutmut and cosmic-ray don't fit: neither changes SQL; mutmut leaves decorated functions out, and
forks, which engines and loops don't survive; cosmic-ray starts all tests anew for each mutant.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.mutation.mutants import KINDS, draw
from tests.mutation.report import describe
from tests.mutation.store import Store

# Their tests run in the process that a mutant is in.
_FOLDERS = [
    *("app", "cli", "contract", "core", "domains", "http", "infra", "launcher", "money"),
    *("operations", "server"),
]

# A process that ends is replaced by another one, up to so many times in a row without a result.
_MAX_FAILED_STARTS = 3


def main() -> None:
    options = _parse()
    store = Store(options.folder)
    if options.again:
        store.forget_survivors()
    if not options.report:
        store.write_plan(draw(options.number, options.seed, options.only, options.kinds))
        _run(options, store)
    print(describe(store))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("--number", type=int, default=400, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a regular expression for paths below src")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--tests", nargs="+", default=[f"tests/{name}" for name in _FOLDERS])
    parser.add_argument("--without", nargs="+", default=[], help="tests that are left out")
    parser.add_argument("--long", action="store_true", help="with the long tests")
    parser.add_argument("--jobs", type=int, default=1, choices=[1, 2])
    parser.add_argument("--budget", type=float, default=120, help="seconds of tests elsewhere")
    parser.add_argument("--limit", type=int, default=120, help="seconds for one test")
    parser.add_argument("--folder", type=Path, default=Path("build/mutation"))
    parser.add_argument("--again", action="store_true", help="record anew, and try survivors again")
    parser.add_argument("--report", action="store_true", help="only show what is known")
    return parser.parse_args()


def _run(options: argparse.Namespace, store: Store) -> None:
    """Record the tests, and then try all mutants."""
    _wait([_start(options, "record", number) for number in range(options.jobs)])
    failed_starts = 0
    while failed_starts < _MAX_FAILED_STARTS:
        before = len(store.read_trials())
        if len(store.find_results()) >= len(store.read_plan()):
            return
        _wait([_start(options, "try", number) for number in range(options.jobs)])
        failed_starts = failed_starts + 1 if len(store.read_trials()) == before else 0
    sys.exit(f"The tests don't start: see the logs in {options.folder}.")


def _start(options: argparse.Namespace, step: str, number: int) -> subprocess.Popen[bytes]:
    arguments = [
        *("-p", "tests.mutation.session", "-p", "no:cacheprovider", "-q", "-n", "0"),
        *("-m", "long or not long" if options.long else "not long"),
        *("-o", f"timeout={options.limit}", "--mutation-folder", str(options.folder)),
        *("--mutation-step", step, "--mutation-share", f"{number}/{options.jobs}"),
        *("--mutation-budget", str(options.budget)),
        *(f"--deselect={test}" for test in options.without),
        *options.tests,
    ]
    with (options.folder / f"{step}-{number}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments], stdout=log, stderr=subprocess.STDOUT
        )


def _wait(processes: list[subprocess.Popen[bytes]]) -> None:
    try:
        for process in processes:
            process.wait()
    finally:
        for process in processes:
            process.terminate()


if __name__ == "__main__":
    main()
