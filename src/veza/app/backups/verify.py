"""Reads backups again, to the last byte."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from veza.app.backups.listing import open_listing
from veza.app.backups.repository import BackupManifest, Repository


async def verify_backups(repository: Repository, manifests: Sequence[BackupManifest]) -> None:
    """Read all files and objects of backups, an object of several backups once. Raises Damaged."""
    with tempfile.TemporaryDirectory(prefix="veza-verify-") as folder:
        for number, manifest in enumerate(manifests):
            for name in manifest.files:
                await repository.verify_file(manifest, name)
            path = Path(folder) / f"{number}.sqlite"
            await repository.fetch_listing(manifest, path)
            with open_listing(path) as listing:
                # The others are those of the backup before it.
                for item in listing.iterate(only_new=number > 0):
                    await repository.verify_object(item.name, item.sha256)
            path.unlink()
