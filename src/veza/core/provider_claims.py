"""The claims of an identity provider about the person who signed in there, once verified."""

from msgspec import Struct


class ProviderClaims(Struct, frozen=True):
    """The verified claims of an ID token. Only issuer and subject identify a person.

    `names` are words to make a username of, the most fitting first. `amr` and `acr` say how the
    person authenticated there.
    """

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False
    names: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    amr: frozenset[str] = frozenset()
    acr: str | None = None
