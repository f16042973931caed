"""Limits and times of broadcasts, and when a recipient is tried again."""

from datetime import datetime, timedelta

from veza.core.clock import require_future
from veza.core.errors import FieldError, Invalid
from veza.core.ids import BroadcastRecipientId
from veza.core.normalize import require_line, require_text
from veza.core.structs import copy_fields
from veza.domains.mailings.broadcasts.models import (
    Audience,
    BroadcastForm,
    CollectStage,
    MarkedRecipient,
    RecipientStatus,
)

MAX_DRAFTS = 100
MAX_TESTS = 10
TEST_WINDOW_S = 3600
MAX_AHEAD = timedelta(days=366)
# Rows of followers or subscriptions that are looked at in a transaction.
COLLECTED_AT_ONCE = 5000
CLAIMED_AT_ONCE = 200
# After so long a job lets the broadcasts of others have their turn, and a worker may stop.
RUN_FOR_S = 5.0
# A recipient is sent to in the run that claims them, and may be taken by another process after
# this: a conversation with the server that was begun in the run is over by then.
CLAIM_LEASE = timedelta(minutes=2)
# The pauses after answers that refuse a recipient for now.
_PAUSES_S = (300.0, 1800.0, 7200.0, 21_600.0)
# Recipients of a broadcast that is over are kept as long as reports about it may come.
KEPT_FOR = timedelta(days=30)
DELETED_AT_ONCE = 10_000


def clean(form: BroadcastForm) -> BroadcastForm:
    """Return a broadcast without needless blanks. Raises Invalid."""
    if form.audience is Audience.MEMBERS and form.tier_id is None:
        message = "Choose the tier whose members get the mail."
        raise Invalid(details=[FieldError("tier_id", message, "missing")])
    if form.audience is not Audience.MEMBERS and form.tier_id is not None:
        raise Invalid(details=[FieldError("tier_id", "Only a mail to members has a tier.")])
    return copy_fields(
        BroadcastForm,
        form,
        subject=require_line(form.subject, "subject", "Enter a subject."),
        text=require_text(form.text, "text", "Write something."),
    )


def ensure_moment(send_at: datetime | None, current: datetime) -> None:
    """Raise Invalid for a time that is over, or more than a year ahead."""
    require_future(send_at, "send_at", current)
    if send_at is not None and send_at > current + MAX_AHEAD:
        message = "Choose a time within a year."
        raise Invalid(details=[FieldError("send_at", message, "too_many_days", MAX_AHEAD.days)])


def first_stage(audience: Audience) -> CollectStage:
    """Return which recipients of an audience are collected first."""
    if audience in {Audience.FOLLOWERS, Audience.ALL}:
        return CollectStage.FOLLOWERS
    if audience is Audience.MEMBERS:
        return CollectStage.MEMBERS
    return CollectStage.SUBSCRIPTIONS


def next_stage(audience: Audience, stage: CollectStage) -> CollectStage | None:
    """Return which recipients are collected after a stage; None after the last."""
    if stage is CollectStage.FOLLOWERS and audience is Audience.ALL:
        return CollectStage.SUBSCRIPTIONS
    return None


def mark_deferred(recipient_id: BroadcastRecipientId, attempts: int) -> MarkedRecipient:
    """Return what becomes of a recipient who was refused for now: refused after some attempts."""
    if attempts > len(_PAUSES_S):
        return MarkedRecipient(recipient_id, RecipientStatus.REFUSED)
    pause_s = _PAUSES_S[max(0, attempts - 1)]
    return MarkedRecipient(recipient_id, RecipientStatus.WAITING, pause_s)
