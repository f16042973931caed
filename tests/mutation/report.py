"""Which share of the mutants is killed, and which ones survive."""

import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.mutation import store
from tests.mutation.mutants import KINDS, Mutant
from tests.mutation.store import Store, Trial


class Equivalent(Struct, frozen=True):
    """A mutant that changes nothing that anybody could notice, by its content."""

    path: str
    function: str
    before: str
    after: str
    why: str


class Listed(Struct, frozen=True):
    """The file of equivalent mutants."""

    equivalent: list[Equivalent] = []


def describe(known: Store) -> str:
    """Return tables of what is known, and the mutants that survived."""
    results = known.find_results()
    is_equivalent = {(e.path, e.function, e.before, e.after) for e in read_equivalent()}
    plan = [mutant for mutant in known.read_plan() if mutant.key in results]
    tried = [mutant for mutant in plan if results[mutant.key].state != store.NOT_APPLICABLE]
    counted = [mutant for mutant in tried if _content(mutant) not in is_equivalent]
    left_out = f"{len(plan) - len(tried)} not applicable, {len(tried) - len(counted)} equivalent"
    lines = [
        f"{len(plan)} mutants, {left_out}",
        "",
        "| kind | mutants | killed | by tests of the same folder |",
        "| --- | --- | --- | --- |",
    ]
    for kind in (*KINDS, "all"):
        chosen = [mutant for mutant in counted if kind in {"all", mutant.kind}]
        lines.append(_describe_kind(kind, [results[mutant.key] for mutant in chosen]))
    survivors = [each for each in counted if results[each.key].state == store.SURVIVED]
    lines += ["", *(_describe(each, results[each.key]) for each in survivors)]
    return "\n".join(lines)


def read_equivalent() -> list[Equivalent]:
    """Return the mutants that are explained as equivalent."""
    text = Path(__file__).with_name("equivalent.toml").read_text()
    return msgspec.convert(tomllib.loads(text), Listed).equivalent


def _content(mutant: Mutant) -> tuple[str, str, str, str]:
    return mutant.path, mutant.function, mutant.before, mutant.after


def _describe_kind(kind: str, trials: list[Trial]) -> str:
    killed = [trial for trial in trials if trial.state == store.KILLED]
    near = sum(trial.is_near for trial in killed)
    count = len(trials) or 1
    return f"| {kind} | {len(trials)} | {len(killed) / count:.0%} | {near / count:.0%} |"


def _describe(mutant: Mutant, trial: Trial) -> str:
    change = f"{' '.join(mutant.before.split())} -> {' '.join(mutant.after.split()) or 'nothing'}"
    tests = f"{trial.tried} tests" + (f", {trial.left_out} left out" if trial.left_out else "")
    place = f"{mutant.path}:{mutant.line} {mutant.function}"
    return f"{mutant.kind}: {place}: {mutant.operator}: {change} ({tests})"
