"""An API key as created, once with its secret, and as listed without it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.access import Role, Scope
from veza.core.clock import Moment
from veza.core.ids import ApiKeyId, UserId
from veza.core.profiles import ProfileRole


class ApiKeyForm(Struct, frozen=True):
    """The name, scopes and expiry of a new key."""

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=["Upload from the studio"])]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=2, examples=[["read"]])]
    expires_at: Moment | None = None
    profile_id: Annotated[
        UUID | None,
        Meta(
            description="An artist, a band or a label in which you have a role: the key acts as it "
            "and nothing else, and ends with the role."
        ),
    ] = None


class NewApiKey(Struct, frozen=True):
    """The row of a new key."""

    id: ApiKeyId
    user_id: UserId
    key_hash: bytes
    prefix: str
    form: ApiKeyForm


class ApiKey(Struct, frozen=True):
    """A key as its member sees it: `prefix` is its first characters.

    `profile_id` is the artist, band or label as which it acts, if not as its member.
    """

    id: ApiKeyId
    name: str
    prefix: str
    scopes: list[Scope]
    profile_id: UserId | None
    expires_at: datetime | None
    created_at: datetime
    last_used_at: datetime | None


class CreatedApiKey(ApiKey, frozen=True):
    """A new key; `key` is the secret, which is shown only once."""

    key: str


class ApiKeyList(Struct, frozen=True):
    """The keys of a member, newest first."""

    api_keys: list[ApiKey]


class PersonalApiKey(ApiKey, frozen=True):
    """A key in a member's personal data, including revoked ones."""

    revoked_at: datetime | None


class ApiKeyOwner(Struct, frozen=True):
    """The owner and the scopes of a valid key, and the profile to which it is limited."""

    key_id: ApiKeyId
    user_id: UserId
    role: Role
    scopes: frozenset[Scope]
    profile_id: UserId | None
    profile_role: ProfileRole | None
    # The stored last use is older than a minute.
    is_use_due: bool
