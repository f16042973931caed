"""An encoder silent for 15 s is lost; its stream ends unless it is back within a minute."""

from datetime import datetime, timedelta

from msgspec import structs

from veza.core.structs import copy_fields
from veza.domains.live.errors import AlreadyPublishing, PublishRefused, StreamNotLive
from veza.domains.live.models.stored_streams import StoredStream, StreamState, StreamStatus

# An encoder without heartbeat is lost after this time, and its stream is interrupted.
ENCODER_LOST_AFTER = timedelta(seconds=15)

# An interrupted stream ends unless its encoder reconnects within this time.
RECONNECT_WITHIN = timedelta(seconds=60)

# The encoder of another ingest can be replaced once that ingest is silent for this time.
INGEST_SILENT_AFTER = timedelta(seconds=3)


def expire(state: StreamState, moment: datetime) -> StreamState:
    """Return the state after time passed: silent encoders are lost, lost streams end.

    The result does not depend on when and how often this is called.
    """
    if state.is_live and state.seen_at is not None and moment - state.seen_at >= ENCODER_LOST_AFTER:
        lost_at = state.seen_at + ENCODER_LOST_AFTER
        state = structs.replace(state, is_live=False, interrupted_at=lost_at)
    if state.interrupted_at is not None and moment - state.interrupted_at >= RECONNECT_WITHIN:
        return end(state, state.interrupted_at)
    return state


def start_publishing(state: StreamState, client_ref: str, moment: datetime) -> StreamState:
    """Return the state after an encoder connected, for the first time or again.

    Raises AlreadyPublishing while another encoder publishes, unless its ingest has stopped.
    """
    assert state.status is not StreamStatus.ENDED
    if state.is_live and not _is_abandoned(state, client_ref, moment):
        raise AlreadyPublishing
    return structs.replace(
        state,
        status=StreamStatus.LIVE,
        is_live=True,
        client_ref=client_ref,
        seen_at=moment,
        interrupted_at=None,
        started_at=state.started_at or moment,
    )


def confirm_publishing(state: StreamState, client_ref: str, moment: datetime) -> StreamState:
    """Return the state after the ingest reported an encoder, even if it was lost.

    Raises PublishRefused where the stream ended, or its encoder disconnected or was replaced.
    """
    if state.status is not StreamStatus.LIVE or state.client_ref != client_ref:
        raise PublishRefused
    return structs.replace(state, is_live=True, seen_at=moment, interrupted_at=None)


def interrupt(state: StreamState, moment: datetime) -> StreamState:
    """Return the state after the encoder disconnected: it can reconnect for a minute.

    Later reports about the old connection are ignored.
    """
    if state.status is not StreamStatus.LIVE:
        return state
    since = state.interrupted_at or moment
    return structs.replace(state, is_live=False, client_ref=None, interrupted_at=since)


def end(state: StreamState, moment: datetime) -> StreamState:
    """Return the state of an ended stream. Raises StreamNotLive."""
    if state.status is not StreamStatus.LIVE:
        raise StreamNotLive
    return structs.replace(
        state,
        status=StreamStatus.ENDED,
        is_live=False,
        client_ref=None,
        interrupted_at=None,
        ended_at=moment,
    )


def state_of(stream: StoredStream) -> StreamState:
    """Return the publishing state of a stream."""
    return copy_fields(StreamState, stream)


def _is_abandoned(state: StreamState, client_ref: str, moment: datetime) -> bool:
    """Return whether the publishing connection belongs to an ingest that has stopped.

    A running ingest reports every two seconds; a request from another ingest means that it
    restarted.
    """
    assert state.client_ref is not None
    assert state.seen_at is not None
    is_same = _ingest_of(state.client_ref) == _ingest_of(client_ref)
    return not is_same and moment - state.seen_at >= INGEST_SILENT_AFTER


def _ingest_of(client_ref: str) -> str:
    return client_ref.rpartition("/")[0]
