"""Creates what archives of releases need from the settings."""

from datetime import timedelta

from veza.app.services import Services
from veza.domains.marketplace.archives.service import ArchiveStorage


def create_archive_storage(services: Services) -> ArchiveStorage:
    """Return the storage of archives, with their limits."""
    settings = services.settings
    kept_for = timedelta(days=settings.archives_days)
    return ArchiveStorage(services.audio_storage, kept_for, settings.archives_max_bytes)
