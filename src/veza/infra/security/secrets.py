"""Random secrets of an installation, stored with mode 0600, and keys derived from them."""

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
_FORMER = "former-secrets"


class Secrets(Struct, frozen=True):
    """The random secrets of an installation."""

    master: str
    postgres_owner: str
    postgres_app: str
    valkey: str
    # The following were added later (see `load_secrets`). Signs the webhooks of the sandbox.
    webhooks: str = ""
    # Authenticates the callbacks of the live ingest.
    live_hooks: str = ""
    # Encryption keys, separated by spaces; the last one is in use.
    sealing: str = ""
    # The key by which push services recognise this server is derived from it.
    vapid: str = ""

    @property
    def sealing_keys(self) -> list[str]:
        """The encryption keys, the newest last."""
        return self.sealing.split()


def load_secrets(folder: Path) -> Secrets:
    """Read the secrets of a data directory; create missing ones. Raises CannotStart."""
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
        # The file was written by an older version.
        found = structs.replace(found, **{name: _draw() for name in missing})
        _write(path, found)
    return found


def draw_sealing_key(folder: Path) -> None:
    """Add an encryption key. The former ones are kept for decryption."""
    found = load_secrets(folder)
    _write(folder / _FILE, structs.replace(found, sealing=f"{found.sealing} {_draw()}"))


def renew_secrets(folder: Path) -> None:
    """Draw all secrets again. The former encryption keys are kept for decryption.

    The former master secret is added to `former-secrets`, by which its signatures are verified.
    Call it while no server uses the folder.
    """
    found = load_secrets(folder)
    drawn = Secrets(*(_draw() for _ in Secrets.__struct_fields__))
    handle = os.open(folder / _FORMER, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{found.master}\n")
        file.flush()
        os.fsync(file.fileno())
    _write(folder / _FILE, structs.replace(drawn, sealing=f"{found.sealing} {drawn.sealing}"))


def list_former_secrets(folder: Path) -> list[str]:
    """Return the master secrets that were replaced."""
    try:
        return (folder / _FORMER).read_text().split()
    except FileNotFoundError:
        return []


def has_secrets(folder: Path) -> bool:
    """Return whether the data directory has secrets."""
    return (folder / _FILE).exists()


class DerivedKeys:
    """Derives a key for each purpose from one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def derive(self, purpose: str) -> bytes:
        """Return the key for a purpose: 32 bytes."""
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)

    def sign(self, purpose: str, text: str) -> str:
        """Return a signature of 128 bits, URL-safe."""
        digest = hmac.digest(self.derive(purpose), text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    def is_signed(self, purpose: str, text: str, signature: str) -> bool:
        """Return whether a signature is valid, in constant time."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())


def _draw() -> str:
    return secrets.token_urlsafe(32)


def _write(path: Path, content: Secrets) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    # Renamed when it is complete, so that a crash leaves no partial file.
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
