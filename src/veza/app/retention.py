"""The retention of members' files, by the settings."""

from datetime import timedelta

from veza.app.settings import Settings
from veza.domains.cloud.files.models import Retention


def find_retention(settings: Settings) -> Retention:
    """Return how long deleted files and former versions are kept."""
    days = settings.cloud_versions_days
    return Retention(
        trash=timedelta(days=settings.cloud_trash_days),
        versions=timedelta(days=days) if days else None,
    )
