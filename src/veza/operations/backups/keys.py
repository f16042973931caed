"""The keys of encrypted backups.

The private key of the operator decrypts everything, and the server does not have it. What the
server has to read again, the listing of a backup, is encrypted for a key of its own too, so that it
knows what it need not copy again, and which copies nobody lists any more.
"""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from msgspec import Struct

from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.security import age
from veza.infra.security.secrets import DerivedKeys, has_secrets, load_secrets


class ServerKey(Struct, frozen=True):
    """The key of a server, which its secret determines, and the server's name in its backups."""

    server: str
    identity: age.Identity
    recipient: age.Recipient


class BackupKeys(Struct, frozen=True):
    """The public keys that backups are encrypted for, and the private keys that are at hand.

    Without `recipients` backups are not encrypted. `identities` are the operator's, to decrypt
    everything; the `server` key decrypts listings.
    """

    recipients: Sequence[str] = ()
    identities: Sequence[age.FileIdentity] = ()
    server: ServerKey | None = None

    def encrypt(self, chunks: AsyncIterator[bytes], *, is_listing: bool) -> AsyncIterator[bytes]:
        """Yield a part of a backup as it is stored."""
        if not self.recipients:
            return chunks
        recipients: list[age.Recipient] = [age.read_recipient(text) for text in self.recipients]
        if is_listing:
            assert self.server is not None
            recipients.append(self.server.recipient)
        return age.encrypt(chunks, recipients)

    def find_identities(self, server: str, *, is_listing: bool) -> list[age.Identity]:
        """Return the private keys that may decrypt a part of an encrypted backup of a server."""
        found: list[age.Identity] = list(self.identities)
        if is_listing and self.server is not None and self.server.server == server:
            found.append(self.server.identity)
        return found

    def has_identity_of(self, recipients: Sequence[str]) -> bool:
        """Return whether one of the operator's private keys belongs to one of the public keys."""
        return any(str(each.to_public()) in recipients for each in self.identities)


def find_backup_keys(settings: Settings, identity: Path | None = None) -> BackupKeys:
    """Return the keys of the settings, of this data directory, and of a file. Raises CannotStart.

    The data directory need not have secrets: then there is no key of the server.
    """
    secret = settings.jwt_secret
    if secret is None and has_secrets(settings.data_dir):
        secret = load_secrets(settings.data_dir).master
    recipients = sorted({str(age.read_recipient(text)) for text in settings.backup_recipients})
    identities = [] if identity is None else age.read_identities(identity)
    server = None if secret is None else derive_server_key(DerivedKeys(secret))
    return BackupKeys(recipients, identities, server)


def derive_server_key(keys: DerivedKeys) -> ServerKey:
    """Return the key of the server with these keys."""
    identity, recipient = age.derive_identity(keys.derive("backup-listings"))
    return ServerKey(keys.sign("backup", "server"), identity, recipient)


def explain_missing_identity(name: str, recipients: Sequence[str]) -> CannotStart:
    """Return the error about a backup that no private key at hand decrypts."""
    return CannotStart(
        f"Backup {name} is encrypted for {', '.join(recipients)}: name the file with its private "
        "key by --identity FILE."
    )
