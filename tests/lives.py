"""Lives that hypothesis draws: deeds in any order, and after each of them all has to be right."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


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
    run, because it has to do with no change.
    """
    run_state_machine_as_test(
        type(machine.__name__, (machine,), given),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=derandomize,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
