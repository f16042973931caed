"""Reads backups again, to the last byte."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from veza.operations.backups.listing import open_listing
from veza.operations.backups.repository import BackupManifest, Damaged, Repository


class VerifiedBackups(Struct, frozen=True):
    """The numbers of complete, unchanged backups, and of those that could be read in part only.

    `undecrypted` ones are encrypted, and were compared with the hashes of what was written. Of
    `unlisted` ones not even the list of their objects could be read, so the objects were not.
    """

    complete: int
    undecrypted: int
    unlisted: int


async def verify_backups(
    repository: Repository, manifests: Sequence[BackupManifest]
) -> VerifiedBackups:
    """Read all files and objects of backups, an object of several backups once.

    Raises Damaged at the end, with the ids of all damaged ones. Raises CannotStart if there are
    identities, and none of them decrypts one of the backups.
    """
    if repository.keys.identities:
        for manifest in manifests:
            repository.ensure_readable(manifest)
    verification = _Verification(repository)
    for manifest in manifests:
        await verification.verify(manifest)
    if verification.damaged:
        whole = len(manifests) - len(verification.damaged)
        raise Damaged(_describe(verification.damaged, whole))
    unlisted = sum(not repository.can_list(each) for each in manifests)
    is_decrypted = bool(repository.keys.identities)
    undecrypted = 0 if is_decrypted else sum(bool(each.recipients) for each in manifests)
    return VerifiedBackups(len(manifests) - unlisted, undecrypted, unlisted)


class _Verification:
    """The errors that were found: by backup, and by copies that several backups may list."""

    def __init__(self, repository: Repository) -> None:
        self.damaged: dict[str, list[str]] = {}
        self._repository = repository
        self._copies: dict[str, str] = {}
        # Whether the objects of the backup before were verified: then only new ones need to be.
        self._is_former_listed = False

    async def verify(self, manifest: BackupManifest) -> None:
        errors: list[str] = []
        for name in manifest.files:
            try:
                await self._repository.verify_file(manifest, name)
            except Damaged as error:
                errors.append(str(error))
        is_listed = False
        if self._repository.can_list(manifest):
            try:
                errors += await self._verify_objects(manifest)
                is_listed = True
            except Damaged:
                # The listing is a file too, and its error is known.
                pass
        self._is_former_listed = is_listed
        if errors:
            self.damaged[manifest.id] = errors

    async def _verify_objects(self, manifest: BackupManifest) -> list[str]:
        """Verify the objects that the backup before lacks; return the errors of all objects."""
        with tempfile.TemporaryDirectory(prefix="veza-verify-") as folder:
            path = Path(folder) / "objects.sqlite"
            await self._repository.fetch_listing(manifest, path)
            with open_listing(path) as listing:
                for item in listing.iterate(only_new=self._is_former_listed):
                    try:
                        await self._repository.verify_object(manifest, item)
                    except Damaged as error:
                        self._copies[item.name] = str(error)
                if not self._copies:
                    return []
                names = (item.name for item in listing.iterate())
                return [self._copies[name] for name in names if name in self._copies]


def _describe(damaged: Mapping[str, Sequence[str]], whole: int) -> str:
    lines = [
        f"Backup {backup_id}: {errors[0]}" + (f" And {len(errors) - 1} more." * (len(errors) > 1))
        for backup_id, errors in damaged.items()
    ]
    return "\n".join(
        [
            f"Damaged backups: {len(damaged)}. Complete and unchanged: {whole}.",
            *lines,
            "The next backup copies again what the storage still has.",
        ]
    )
