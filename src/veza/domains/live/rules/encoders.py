"""Encoders are known by a key, and by the connection that the ingest names."""

import hashlib
import re
import secrets
from uuid import UUID

from veza.core.access import Access, Role, is_enough
from veza.core.ids import UserId
from veza.domains.live.errors import PublishRefused
from veza.domains.live.models.forms import MAX_TITLE_LENGTH
from veza.domains.live.models.stream_keys import Publisher

_KEY_PREFIX = "live_"

_KEY = re.compile(r"live_[A-Za-z0-9_-]{43}")

_INGEST = re.compile(r"[A-Za-z0-9_.:-]{0,24}")

_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,39}")


def generate_key() -> str:
    """Return a random stream key."""
    return _KEY_PREFIX + secrets.token_urlsafe(32)


def hash_key(key: str) -> bytes:
    """Return the hash by which a key is found; also of invalid keys, to take the same time."""
    return hashlib.sha256(key.encode()).digest()


def is_key(text: str) -> bool:
    """Return whether a text has the form of a key."""
    return _KEY.fullmatch(text) is not None


def read_publisher(form: dict[str, str], ingest: str) -> Publisher:
    """Return the encoder that an ingest reports. Raises PublishRefused."""
    key = form.get("name", "")
    client_id = form.get("clientid", "-")
    ensure_ingest(ingest)
    if not (is_key(key) and _CLIENT_ID.fullmatch(client_id)):
        raise PublishRefused
    return Publisher(key, f"{ingest}/{client_id}")


def ensure_ingest(ingest: str) -> None:
    """Raise PublishRefused unless this can be the name of an ingest."""
    if not _INGEST.fullmatch(ingest):
        raise PublishRefused


def read_owner(form: dict[str, str]) -> UserId:
    """Return the member whose key an encoder proves to have. Raises PublishRefused."""
    try:
        return UserId(UUID(form.get("member", "")))
    except ValueError as error:
        raise PublishRefused from error


def read_material(form: dict[str, str]) -> bytes:
    """Return the key material that an encoder sent. Raises PublishRefused."""
    try:
        return bytes.fromhex(form.get("material", ""))
    except ValueError as error:
        raise PublishRefused from error


def clean_now_playing(title: str) -> str:
    """Return what an encoder plays, as one line of printable characters."""
    shown = "".join(each if each.isprintable() else " " for each in title)
    return " ".join(shown.split())[:MAX_TITLE_LENGTH].rstrip()


def may_stream(role: Role, *, creators_only: bool) -> bool:
    """Return whether a role may go live."""
    return not creators_only or is_enough(role, Access.CREATOR)
