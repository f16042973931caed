"""Announces an archive to the members who asked for it."""

from msgspec import Struct

from veza.core.ids import ArchiveId, ReleaseId, UserId


class ArchiveReady(Struct, frozen=True):
    """An archive can be downloaded by the members who asked for it."""

    archive_id: ArchiveId
    release_id: ReleaseId
    user_ids: list[UserId]
