"""Secrets: made at the first start, kept with mode 0600, and one key derived for each purpose."""

import base64
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from veza.core.errors import CannotStart

_FILE = "secrets.json"


class Secrets(Struct, frozen=True):
    """What was drawn at random for one installation."""

    master: str
    postgres_owner: str
    postgres_app: str
    valkey: str
    # Younger than the others: see `load_secrets`. Signs what the sandbox of payments tells us.
    webhooks: str = ""
    # Shows that it is our ingest of live streams which calls.
    live_hooks: str = ""
    # Seal what has to be shown again: one after the other, the last one is in use.
    sealing: str = ""

    @property
    def sealing_keys(self) -> list[str]:
        """The keys by which things are sealed, the newest last."""
        return self.sealing.split()


def load_secrets(folder: Path) -> Secrets:
    """Read the secrets of a data directory; draw those that there aren't. Raises CannotStart."""
    path = folder / _FILE
    if not has_secrets(folder):
        _write(path, Secrets(*(_draw() for _ in Secrets.__struct_fields__)))
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise CannotStart(f"{path} can be read by others: run `chmod 600 {path}`.")
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Secrets)
    except msgspec.DecodeError as error:
        raise CannotStart(f"{path} is damaged: restore it from a backup ({error}).") from error
    if missing := [name for name in Secrets.__struct_fields__ if not getattr(found, name)]:
        # Drawn by a version that had no use for them.
        found = structs.replace(found, **{name: _draw() for name in missing})
        _write(path, found)
    return found


def draw_sealing_key(folder: Path) -> None:
    """Draw one more key that seals. The former ones stay: what they sealed is opened by them."""
    found = load_secrets(folder)
    _write(folder / _FILE, structs.replace(found, sealing=f"{found.sealing} {_draw()}"))


def has_secrets(folder: Path) -> bool:
    """Tell whether the secrets of a data directory were drawn."""
    return (folder / _FILE).exists()


class DerivedKeys:
    """Keys that are derived from one secret, a different one for each purpose."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def derive(self, purpose: str) -> bytes:
        """Make the key for a purpose: 32 bytes."""
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)

    def sign(self, purpose: str, text: str) -> str:
        """Sign a text, URL-safe, 128 bits."""
        digest = hmac.digest(self.derive(purpose), text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    def is_signed(self, purpose: str, text: str, signature: str) -> bool:
        """Tell whether the signature is ours, in constant time."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())


def _draw() -> str:
    return secrets.token_urlsafe(32)


def _write(path: Path, drawn: Secrets) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    # Written aside and renamed: a crash leaves either all of it or nothing.
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(drawn)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
