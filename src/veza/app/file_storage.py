"""The files of members by the settings: where they are stored, processed and sent from."""

from pathlib import Path
from urllib.parse import urlsplit

from veza.app.paths import engines_folder, find_ffmpeg
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.domains.cloud.blobs.service import BlobStorage
from veza.domains.cloud.files.service import CloudStorage
from veza.domains.images.service.images import ImageProcessing
from veza.domains.marketplace.orders import shared_queries as order_queries
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.platform.uploads.models import QuotaLimit, StorageKind
from veza.domains.platform.uploads.service import Uploads
from veza.http.responses.file_delivery import FileDelivery
from veza.infra.media.media_limits import MediaLimits
from veza.infra.media.picture_sizes import PictureSizes, PictureTools
from veza.infra.media.transcoded_files import TranscodedFiles
from veza.infra.media.transcoder import Transcoder, TranscoderTools
from veza.infra.postgres.database import Database
from veza.infra.storage.buckets import LifecycleUnreadable, find_bucket
from veza.infra.storage.disk_reserve import DiskReserve
from veza.infra.storage.objects import Storage
from veza.infra.storage.stores import open_storage


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


def create_cloud_storage(settings: Settings, storage: Storage) -> CloudStorage:
    """Return the storage of private files."""
    return CloudStorage(BlobStorage(storage, settings.upload_max_bytes), settings.cloud_quota_bytes)


def create_audio_storage(
    settings: Settings, storage: Storage, text_filters: TextFilters
) -> AudioStorage:
    """Return the storage of tracks, and the limits of their processing."""
    folder = settings.data_dir.absolute() / "work"
    ffmpeg = find_ffmpeg(settings)
    folder.mkdir(mode=0o700, exist_ok=True)
    return AudioStorage(
        storage,
        MediaLimits(ffmpeg=ffmpeg, max_duration_s=settings.track_max_seconds),
        folder,
        settings.upload_max_bytes,
        purchases=order_queries,
        covers=ImageProcessing(storage, ffmpeg, folder),
        text_filters=text_filters,
        max_processing=settings.tracks_in_processing,
    )


def create_picture_sizes(settings: Settings, processing: ImageProcessing) -> PictureSizes:
    """Return the service that keeps pictures in the sizes that are asked for."""
    tools = PictureTools(
        processing.storage, processing.ffmpeg, processing.folder, processing.places
    )
    return PictureSizes(tools, settings.data_dir.absolute() / "covers")


def create_transcoder(settings: Settings, audio: AudioStorage) -> Transcoder:
    """Return the service that converts songs for music players, with an orderly folder."""
    files = TranscodedFiles(
        settings.data_dir.absolute() / "transcoded", settings.transcodings_max_bytes
    )
    files.prepare()
    return Transcoder(
        TranscoderTools(audio.limits, files, audio.storage.disk, settings.transcodings_at_once)
    )


def create_file_delivery(settings: Settings) -> FileDelivery:
    """Return how stored files are sent. Raises CannotStart if objects can't be redirected to."""
    bucket = None
    if settings.storage_redirects:
        try:
            bucket = find_bucket(settings.storage_url or "file://")
        except LifecycleUnreadable as error:
            raise CannotStart(f"VEZA_STORAGE_REDIRECTS needs S3 with keys: {error}.") from error
    return FileDelivery(settings.proxies, settings.x_accel_location, bucket)


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
