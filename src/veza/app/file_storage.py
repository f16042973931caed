"""The storage of members' files, and the disks whose free space is watched."""

from pathlib import Path
from urllib.parse import urlsplit

from veza.app.paths import engines_folder
from veza.app.settings.settings import Settings
from veza.domains.platform.uploads.models import QuotaLimit, StorageKind
from veza.domains.platform.uploads.service import Uploads
from veza.infra.postgres.database import Database
from veza.infra.storage.disk_reserve import DiskReserve
from veza.infra.storage.objects import open_storage


def create_uploads(settings: Settings, database: Database) -> Uploads:
    """Return the uploads of members, with the storage and the quotas of the settings."""
    storage = open_storage(
        settings.storage_url,
        settings.data_dir.absolute(),
        write_memory_bytes=settings.upload_memory_bytes,
        disk=create_disk_reserve(settings),
    )
    limits = {
        StorageKind.TRACKS: QuotaLimit(settings.track_quota_bytes, settings.track_quota_count),
        StorageKind.IMAGES: QuotaLimit(settings.image_quota_bytes, settings.image_quota_count),
        StorageKind.PRODUCT_FILES: QuotaLimit(settings.product_quota_bytes),
        StorageKind.GEAR_DOCUMENTS: QuotaLimit(settings.gear_quota_bytes),
    }
    return Uploads(database, storage, limits, settings.uploads_per_member)


def create_disk_reserve(settings: Settings) -> DiskReserve:
    """Return the reserve of the disks of the embedded PostgreSQL and of local files.

    Where both are elsewhere, the disk of the data directory is measured, and nothing refused.
    """
    folders = list(_list_data_folders(settings))
    return DiskReserve(
        folders or [settings.data_dir.absolute()],
        reserve_bytes=settings.disk_reserve_bytes,
        holds_data=bool(folders),
    )


def _list_data_folders(settings: Settings) -> list[Path]:
    folders: list[Path] = []
    if settings.database_url is None:
        folders.append(engines_folder(settings))
    if settings.storage_url is None:
        folders.append(settings.data_dir.absolute() / "media")
    elif settings.storage_url.startswith("file:"):
        folders.append(Path(urlsplit(settings.storage_url).path))
    return folders
