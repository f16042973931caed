"""Refusals in the form of the Subsonic API: `number` is its code."""

from typing import ClassVar

from veza.core.errors import Invalid, NotFound, Unauthenticated


class ParameterMissing(Invalid):
    """A parameter that the endpoint needs is missing."""

    code = "parameter_missing"
    message = "A required parameter is missing."
    number: ClassVar[int] = 10


class WrongPlayerPassword(Unauthenticated):
    """The username or the app password is wrong."""

    code = "wrong_player_password"
    message = "Wrong username or app password. Create an app password for each player."
    number: ClassVar[int] = 40


class MechanismsConflict(Unauthenticated):
    """The request has several credentials."""

    code = "mechanisms_conflict"
    message = "Send one kind of credentials: `apiKey` alone, or `u` with either `p` or `t` and `s`."
    number: ClassVar[int] = 43


class WrongPlayerKey(Unauthenticated):
    """The app password that was sent as a key is wrong."""

    code = "wrong_player_key"
    message = "This is not an app password, or it was revoked."
    number: ClassVar[int] = 44


class EndpointUnknown(NotFound):
    """The API of this server has no such endpoint."""

    code = "endpoint_unknown"
    message = "This server does not offer that."
    number: ClassVar[int] = 0


class FormatNotSupported(Invalid):
    """The response format is not supported."""

    code = "format_not_supported"
    message = "The format of responses is `json` or `xml`."
    number: ClassVar[int] = 0


class ItemNotFound(NotFound):
    """The id names nothing that the member may see."""

    code = "item_not_found"
    message = "The requested item was not found."
    number: ClassVar[int] = 70
