"""The errors that callers can cause. Domains subclass, `http.responses.errors` renders them."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

FieldRule = Literal[
    "missing",
    "unknown",
    "type",
    "empty",
    "too_short",
    "too_long",
    "too_few",
    "too_many",
    "too_small",
    "too_large",
    "not_above",
    "not_below",
    "pattern",
    "choice",
    "moment",
    "date",
    "id",
    "blank",
    "not_in_future",
    "not_within_year",
    "common_password",
    "not_an_email",
    "not_an_isrc",
    "not_a_key",
    "not_a_filename",
    "refused_text",
    "hidden_characters",
    "combining_mark",
    "too_many_marks",
    "not_a_link",
    "after_end",
    "has_name",
    "instrument",
    "no_letter",
    "not_a_domain",
    "not_an_emoji",
    "not_a_upc",
    "not_a_vat_id",
    "not_an_rtmp_url",
    "not_lrc",
    "not_a_transcript",
    "not_the_whole",
    "one_kind",
    "one_member",
    "own_tier",
    "own_username",
    "price",
    "repeated",
    "reserved_name",
    "reversed",
    "too_large_text",
    "too_many_days",
    "too_many_words",
    "unnamed_parts",
    "has_address",
]


class FieldError(Struct, frozen=True):
    """An error in one field of the input.

    `rule` names what the field breaks, for texts in other languages, where a rule is usual; `limit`
    is the number in it.
    """

    field: str
    message: str
    rule: Annotated[FieldRule, Meta(examples=["too_long"])] | UnsetType = UNSET
    limit: Annotated[int | float, Meta(examples=[200])] | UnsetType = UNSET


class VezaError(Exception):
    """An expected error.

    `code` is part of the public API and never changes. `message` is a sentence for the people who
    use the API. `retry_after` is in seconds, if waiting helps. `link` is the path of a page where
    the caller can do something about it.
    """

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "The request was refused."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Sequence[FieldError] = (),
        retry_after: int | None = None,
        link: str | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.details = details
        self.retry_after = retry_after
        self.link = link


class Invalid(VezaError):
    """The input is not valid."""

    code = "invalid_input"
    message = "The input is not valid."


class Unauthenticated(VezaError):
    """The request has no valid credentials."""

    code = "unauthenticated"
    message = "Sign in to do this."


class Forbidden(VezaError):
    """The caller is not allowed to do this."""

    code = "forbidden"
    message = "You may not do this."


class NotFound(VezaError):
    """The resource does not exist, or the caller may not know that it does."""

    code = "not_found"
    message = "There is nothing here."


class Conflict(VezaError):
    """The state of the resource does not allow the request."""

    code = "conflict"
    message = "This can't be done in the present state."


class Unprocessable(VezaError):
    """The request reuses the key of an earlier, different request."""

    code = "unprocessable"
    message = "This contradicts an earlier request."


class RequestTimeout(VezaError):
    """The body of a request arrives too slowly."""

    code = "request_timeout"
    message = "The request took too long to arrive: try again over a faster connection."


class PreconditionFailed(VezaError):
    """A condition of the request does not hold."""

    code = "precondition_failed"
    message = "A condition of the request does not hold."


class ChecksumMismatch(VezaError):
    """The body of a request does not have the checksum that the client sent."""

    code = "checksum_mismatch"
    message = "The body does not have this checksum: send it again."


class TooLarge(VezaError):
    """The request has too many bytes."""

    code = "body_too_large"
    message = "The request is too large."


class WrongMediaType(VezaError):
    """The media type of the body is not accepted."""

    code = "unsupported_media_type"
    message = "This kind of content is not accepted here."


class Allowance(Struct, frozen=True):
    """The number of requests that a limit allows in a number of seconds."""

    most: int
    window_s: int


class TooManyRequests(VezaError):
    """The caller sent too many requests in a short time.

    `allowance` is what the limit allows, if it is one of requests in a time.
    """

    code = "too_many_requests"
    message = "Too many requests: wait a moment."

    def __init__(
        self,
        message: str | None = None,
        *,
        retry_after: int | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.allowance = allowance


class Unavailable(VezaError):
    """A system that the request needs is not available."""

    code = "unavailable"
    message = "This is not available at the moment: try again soon."


class OutOfSpace(Unavailable):
    """The disk is full, or a configured limit of storage is reached."""

    code = "out_of_space"
    message = "The server has no space left for this: nothing was stored."


class DiskReserveReached(OutOfSpace):
    """So little space is free that the server takes in nothing new, before its disk is full."""

    code = "storage_full"
    message = (
        "The server's disk is full: it can store nothing new until its operator makes room. "
        "Playing, signing in and deleting go on."
    )


class ServerStopping(Unavailable):
    """The server stops before it has received, or answered, a request."""

    code = "server_stopping"
    message = "The server is restarting: send this again in a few seconds."


class UnderMaintenance(Unavailable):
    """The server is in maintenance mode: only staff may use it."""

    code = "maintenance"
    message = "The server is under maintenance: try again later."


class CannotStart(Exception):
    """The program can't start. The text says why, and what the operator can do."""


def required[Value](found: Value | None, error: type[VezaError]) -> Value:
    """Return what was found. Raises the error if that is None."""
    if found is None:
        raise error
    return found
