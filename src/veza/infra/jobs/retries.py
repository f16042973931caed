"""Numbers of attempts, and pauses between them, of jobs and of reactions to events."""

from datetime import timedelta

# A job that fails so often is held, until an admin starts it again.
MAX_JOB_ATTEMPTS = 5
# The reactions to an event are mostly statements of our own: they fail while something is repaired.
MAX_EVENT_ATTEMPTS = 12
MAX_PAUSE_S = 600


def find_pause(attempts: int) -> timedelta:
    """Return the pause after so many earlier attempts: 1, 2, 4, ... seconds, up to ten minutes."""
    return timedelta(seconds=min(2**attempts, MAX_PAUSE_S))


def find_patient_pause(first: timedelta, attempts: int) -> timedelta:
    """Return the pause of work that waits for another system: four times as long after each."""
    return first * 4**attempts
