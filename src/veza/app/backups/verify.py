"""Reads backups again, to the last byte."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from veza.app.backups.listing import open_listing
from veza.app.backups.repository import BackupManifest, Repository


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
    """Read all files and objects of backups, an object of several backups once. Raises Damaged.

    Raises CannotStart if there are identities, and none of them decrypts one of the backups.
    """
    if repository.keys.identities:
        for manifest in manifests:
            repository.ensure_readable(manifest)
    is_former_listed = False
    for manifest in manifests:
        for name in manifest.files:
            await repository.verify_file(manifest, name)
        is_listed = repository.can_list(manifest)
        if is_listed:
            await _verify_objects(repository, manifest, only_new=is_former_listed)
        is_former_listed = is_listed
    unlisted = sum(not repository.can_list(each) for each in manifests)
    is_decrypted = bool(repository.keys.identities)
    undecrypted = 0 if is_decrypted else sum(bool(each.recipients) for each in manifests)
    return VerifiedBackups(len(manifests) - unlisted, undecrypted, unlisted)


async def _verify_objects(
    repository: Repository, manifest: BackupManifest, *, only_new: bool
) -> None:
    """Verify the objects of a backup; with `only_new` those that the backup before it lacks."""
    with tempfile.TemporaryDirectory(prefix="veza-verify-") as folder:
        path = Path(folder) / "objects.sqlite"
        await repository.fetch_listing(manifest, path)
        with open_listing(path) as listing:
            for item in listing.iterate(only_new=only_new):
                await repository.verify_object(manifest, item)
