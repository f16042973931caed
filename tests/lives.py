"""Lives that hypothesis draws: deeds in any order, and after each of them all has to be right."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

# How many times as many lives are drawn anew as usual: for a search of an hour, or of a night.
_TIMES = int(os.environ.get("VEZA_LIVES", "1"))


def play_out(
    machine: type[RuleBasedStateMachine],
    examples: int,
    steps: int,
    *,
    derandomize: bool,
    **given: object,
) -> None:
    """Live so many lives of so many steps. What is `given`, each machine has as its own.

    With `derandomize` they are always the same ones: what is found anew by chance is for the long
    run, because it has to do with no change: `VEZA_LIVES=20` makes that one twenty times as long.
    """
    run_state_machine_as_test(
        type(machine.__name__, (machine,), given),
        settings=settings(
            max_examples=examples if derandomize else examples * _TIMES,
            stateful_step_count=steps,
            derandomize=derandomize,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
