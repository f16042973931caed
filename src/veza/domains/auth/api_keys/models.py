"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.access import Role, Scope
from veza.core.ids import ApiKeyId, UserId


class ApiKeyForm(Struct, frozen=True):
    """What a member wishes of a key: a name to know it by, and how far it reaches."""

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=["Upload from the studio"])]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=2, examples=[["read"]])]
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class NewKey(Struct, frozen=True):
    """What is written for a new key."""

    id: ApiKeyId
    user_id: UserId
    key_hash: bytes
    prefix: str
    form: ApiKeyForm


class ApiKey(Struct, frozen=True):
    """A key as its member sees it: `prefix` is how it begins."""

    id: ApiKeyId
    name: str
    prefix: str
    scopes: list[Scope]
    expires_at: datetime | None
    created_at: datetime
    last_used_at: datetime | None


class CreatedKey(ApiKey, frozen=True):
    """A new key; `key` is the key itself, which is shown this once."""

    key: str


class ApiKeyList(Struct, frozen=True):
    """A member's keys, newest first."""

    api_keys: list[ApiKey]


class RevokedKey(Struct, frozen=True):
    """The key that lets nobody in any more."""

    id: ApiKeyId


class KnownKey(Struct, frozen=True):
    """A key that is handed out to its member, revoked ones too."""

    name: str
    prefix: str
    scopes: list[Scope]
    expires_at: datetime | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyBearer(Struct, frozen=True):
    """Who comes by a key, as they are now, and how far it reaches."""

    key_id: ApiKeyId
    user_id: UserId
    role: Role
    scopes: frozenset[Scope]
    # Its last use was written more than a minute ago.
    is_use_due: bool
