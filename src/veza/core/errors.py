"""The kinds of failure a caller can cause. Domains subclass these; `http.errors` renders them."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct


class FieldError(Struct, frozen=True):
    """What is wrong with one field of the input."""

    field: str
    message: str


class VezaError(Exception):
    """A refusal that we expected.

    `code` is part of the public API: never rename one. `message` is one plain sentence for the
    person who reads the answer. `retry_after` is in seconds, where waiting helps.
    """

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "The request was refused."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Sequence[FieldError] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.details = details
        self.retry_after = retry_after


class Invalid(VezaError):
    """The input can't be what the caller meant."""

    code = "invalid_input"
    message = "The input is not valid."


class Unauthenticated(VezaError):
    """Nobody is known to be asking."""

    code = "unauthenticated"
    message = "Sign in to do this."


class Forbidden(VezaError):
    """The caller is known, and may not."""

    code = "forbidden"
    message = "You may not do this."


class NotFound(VezaError):
    """There is no such thing, or none that the caller may know of."""

    code = "not_found"
    message = "There is nothing here."


class Conflict(VezaError):
    """The thing is in a state that doesn't allow it."""

    code = "conflict"
    message = "This can't be done in the present state."


class Unprocessable(VezaError):
    """The request contradicts an earlier one that it claims to be."""

    code = "unprocessable"
    message = "This contradicts an earlier request."


class RequestTimeout(VezaError):
    """The body of a request arrives too slowly."""

    code = "request_timeout"
    message = "The request took too long to arrive: try again over a faster connection."


class TooLarge(VezaError):
    """More bytes than we take."""

    code = "body_too_large"
    message = "The request is too large."


class WrongMediaType(VezaError):
    """Bytes of a kind that we don't take."""

    code = "unsupported_media_type"
    message = "This kind of content is not accepted here."


class TooManyRequests(VezaError):
    """Too often in too short a time."""

    code = "too_many_requests"
    message = "Too many requests: wait a moment."


class Unavailable(VezaError):
    """Something that we depend on is gone for a while."""

    code = "unavailable"
    message = "This is not available at the moment: try again soon."


class OutOfSpace(Unavailable):
    """The disk is full, or a bound that those who run the server have set is reached."""

    code = "out_of_space"
    message = "The server has no space left for this: nothing of it was kept."


class UnderMaintenance(Unavailable):
    """Those who run the server have switched it off for everybody else."""

    code = "maintenance"
    message = "The server is under maintenance: try again later."


class CannotStart(Exception):
    """Something outside keeps the program from starting; the text tells the operator what to do."""
