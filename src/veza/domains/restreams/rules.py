"""Targets are addresses of RTMP with a key; what fails is tried again after growing pauses."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from msgspec import UNSET, structs

from veza.core.errors import FieldError, Invalid
from veza.core.normalize import require_line
from veza.core.rtmp_servers import NotRtmp, read_server
from veza.core.structs import copy_fields, merge
from veza.domains.restreams.models import (
    RestreamReason,
    RestreamState,
    RestreamTarget,
    RestreamTargetChange,
    RestreamTargetForm,
    StoredTarget,
    TargetDetails,
)

# The maximum number of targets per profile.
MAX_TARGETS = 3
# So many failures in a row, and it is not tried again.
MAX_FAILURES = 10
# What was sent for so long was no failure: the next one counts as the first.
SETTLED_AFTER_S = 60.0
# A worker that ended without giving up its lease is replaced after this time.
LEASE = timedelta(seconds=10)
# It stops by itself before that, if it can't renew them.
STOP_AFTER_S = 7.0

_FIRST_PAUSE_S = 2
_LONGEST_PAUSE_S = 60
# Trying again changes nothing about these.
_FINAL = {RestreamReason.PRIVATE_ADDRESS, RestreamReason.KEY_LOST}


def clean_form(form: RestreamTargetForm, trusted: Collection[str]) -> TargetDetails:
    """Return the details of a new target. Raises Invalid."""
    return _clean(copy_fields(TargetDetails, form), trusted)


def apply_change(
    stored: StoredTarget, change: RestreamTargetChange, trusted: Collection[str]
) -> TargetDetails:
    """Return the details of a target after a change. Raises Invalid.

    Another address needs the key again: nobody who manages a profile gets it by sending it to a
    server of their own.
    """
    details = merge(TargetDetails, stored, change)
    details = _clean(details, trusted) if change.url is not UNSET else _with_name(details)
    if details.url != stored.url and change.key is UNSET:
        sentence = "Another address needs the key again."
        raise Invalid(details=[FieldError("key", sentence, "missing")])
    return details


def clean_key(key: str) -> str:
    """Return a key without blanks around it. Raises Invalid."""
    cleaned = key.strip()
    if not cleaned or not cleaned.isascii() or not cleaned.isprintable() or " " in cleaned:
        sentence = "A key has letters, digits and marks, and no blanks."
        raise Invalid(details=[FieldError("key", sentence, "pattern")])
    return cleaned


def key_context(target_id: UUID) -> str:
    """Bind a key to its target: in the row of another it can't be decrypted."""
    return f"restream_key:{target_id}"


def find_pause(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row."""
    return timedelta(seconds=min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** max(0, failures - 1)))


def is_given_up(reason: RestreamReason, failures: int) -> bool:
    """Return whether it is not tried again, until the target is changed or the next stream."""
    return reason in _FINAL or failures >= MAX_FAILURES


def show(target: StoredTarget) -> RestreamTarget:
    """Return a target as its owner sees it."""
    if not target.is_served:
        return _show_as(target, None)
    if not target.is_admitted:
        return _show_as(target, RestreamState.WITHHELD)
    if target.state is None:
        return _show_as(target, RestreamState.CONNECTING)
    return copy_fields(RestreamTarget, target)


def _show_as(target: StoredTarget, state: RestreamState | None) -> RestreamTarget:
    """Show a target of which no worker has said anything."""
    since = None if state is None else target.on_air_since
    shown = structs.replace(target, state=state, reason=None, since=since, retry_at=None)
    return copy_fields(RestreamTarget, shown)


def _clean(details: TargetDetails, trusted: Collection[str]) -> TargetDetails:
    try:
        server = read_server(details.url.strip(), trusted)
    except NotRtmp as error:
        sentence = "Enter a public address of RTMP: rtmps://live.example.org/app."
        raise Invalid(details=[FieldError("url", sentence, "not_an_rtmp_url")]) from error
    return structs.replace(_with_name(details), url=server.url)


def _with_name(details: TargetDetails) -> TargetDetails:
    name = require_line(details.name, "name", "A target needs a name.")
    return structs.replace(details, name=name)
