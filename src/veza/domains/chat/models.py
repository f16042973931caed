"""The nouns of the domain: the token, and the frames that come in and go out."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.domains.sessions.models import AccessClaims


class ChatToken(Struct, frozen=True):
    """What opens one socket, within `expires_in` seconds."""

    token: str
    expires_in: Annotated[int, Meta(examples=[300])]


class SpentClaims(AccessClaims, frozen=True):
    """What a chat token says: like an access token's, with what it is spent by."""

    jti: UUID
    exp: int
