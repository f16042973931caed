"""Results as lines of JSON that several processes append to; a run continues from them."""

import ast
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.mutation.constants import find_uses
from tests.mutation.mutants import SOURCES, Mutant
from tests.mutation.recording import number_of

# A state is final, but for the first two.
BEGUN, SUSPECTED = "begun", "suspected"
KILLED, SURVIVED, NOT_APPLICABLE = "killed", "survived", "not applicable"


class RecordedTest(Struct, frozen=True):
    """A test, and the functions that it executed, by number."""

    test: str
    seconds: float
    passed: bool
    functions: list[int]


class Trial(Struct, frozen=True, omit_defaults=True):
    """The state of the trial of a mutant.

    `is_near`: a test of the folder that mirrors the module killed it. `tried` and `left_out` count
    tests that execute the function.
    """

    key: str
    state: str
    test: str = ""
    is_near: bool = False
    tried: int = 0
    left_out: int = 0


class Store:
    """The folder of a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write_plan(self, mutants: list[Mutant]) -> None:
        """Write down which mutants are tried."""
        text = b"".join(msgspec.json.encode(mutant) + b"\n" for mutant in mutants)
        (self._folder / "plan.jsonl").write_bytes(text)

    def read_plan(self) -> list[Mutant]:
        return self._read("plan", Mutant)

    def add_test(self, recorded: RecordedTest) -> None:
        self._add("recorded", recorded)

    def read_tests(self) -> list[RecordedTest]:
        """Return the recorded tests, each as it was last."""
        return list({each.test: each for each in self._read("recorded", RecordedTest)}.values())

    def add_trial(self, trial: Trial) -> None:
        self._add("trials", trial)

    def read_trials(self) -> list[Trial]:
        return self._read("trials", Trial)

    def find_results(self) -> dict[str, Trial]:
        """Return the final state of each mutant that has one."""
        open_states = {BEGUN, SUSPECTED}
        return {each.key: each for each in self.read_trials() if each.state not in open_states}

    def forget_survivors(self) -> None:
        """Forget what tests execute, and the trials of the mutants that survived them."""
        (self._folder / "recorded.jsonl").unlink(missing_ok=True)
        trials, results = self.read_trials(), self.find_results()
        survived = {key for key, each in results.items() if each.state == SURVIVED}
        (self._folder / "trials.jsonl").unlink(missing_ok=True)
        for trial in trials:
            if trial.key not in survived:
                self.add_trial(trial)

    def _read[T: Struct](self, name: str, kind: type[T]) -> list[T]:
        path = self._folder / f"{name}.jsonl"
        if not path.exists():
            return []
        # The last line can be incomplete, after the end of a process.
        lines = path.read_bytes().split(b"\n")[:-1]
        return [msgspec.json.decode(line, type=kind) for line in lines]

    def _add(self, name: str, line: Struct) -> None:
        with (self._folder / f"{name}.jsonl").open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")


def choose_tests(
    mutant: Mutant, recorded: list[RecordedTest], budget_s: float
) -> tuple[list[RecordedTest], int]:
    """Return the tests that execute a mutant's function, and the number of those left out.

    First those of the folder that mirrors its module, then the others, quick files first. Left out
    are those of the others that together take longer than the budget.
    """
    numbers = find_numbers(mutant)
    covering = [each for each in recorded if each.passed and not numbers.isdisjoint(each.functions)]
    near = near_folder(mutant)
    times: dict[str, list[float]] = {}
    for each in covering:
        times.setdefault(file_of(each), []).append(each.seconds)

    def find_place(each: RecordedTest) -> tuple[bool, float, str]:
        file = file_of(each)
        return not each.test.startswith(near), sum(times[file]) / len(times[file]), file

    chosen: list[RecordedTest] = []
    left_s = budget_s
    for each in sorted(covering, key=find_place):
        if not each.test.startswith(near):
            left_s -= each.seconds
        if left_s >= 0:
            chosen.append(each)
    return chosen, len(covering) - len(chosen)


def find_numbers(mutant: Mutant) -> set[int]:
    """Return the numbers of the functions that a mutant changes, or whose SQL it changes."""
    is_constant = any(
        isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == mutant.function
        for node in ast.parse((SOURCES / mutant.path).read_bytes()).body
    )
    changed = {(mutant.path, mutant.function)}
    if is_constant:
        changed = find_uses(mutant.path, mutant.function).functions
    return {number_of(path, function) for path, function in changed}


def near_folder(mutant: Mutant) -> str:
    """Return the folder below `tests` that mirrors a module."""
    folder = SOURCES.parent / "tests"
    for part in Path(mutant.path).parts[1:-1]:
        if not (folder / part).is_dir():
            break
        folder /= part
    return f"{folder.relative_to(SOURCES.parent)}/"


def file_of(recorded: RecordedTest) -> str:
    """Return the file of a test."""
    return recorded.test.partition("::")[0]
