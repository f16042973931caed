"""When a backup is due."""

from datetime import datetime, timedelta

from veza.domains.platform.backups.models import AttemptState

_RETRY_PAUSE = timedelta(hours=1)


def is_due(state: AttemptState, every: timedelta, at: datetime) -> bool:
    """Return whether a backup is to be begun: after a failure at the earliest in an hour."""
    if state.failed_at is not None and at < state.failed_at + min(_RETRY_PAUSE, every):
        return False
    return state.completed_at is None or at >= state.completed_at + every
