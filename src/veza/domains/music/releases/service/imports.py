"""Proposes a release from the tags of uploaded files. Nothing but its cover is stored."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.errors import VezaError
from veza.core.ids import ImageId, TrackId
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import TrackStatus
from veza.domains.images.service import images
from veza.domains.music.audio import covers
from veza.domains.music.audio import shared_queries as audio_queries
from veza.domains.music.audio.models import ImportedFile
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.releases import rules
from veza.domains.music.releases.models.forms import ReleaseProposal
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound, TrackNotReady
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.platform.uploads.models import FileForm, PreparedForm
from veza.domains.platform.uploads.service import Uploads
from veza.infra.postgres.database import Conn
from veza.infra.storage.errors import ObjectMissing


async def propose_release(
    uploads: Uploads,
    storage: AudioStorage,
    owner: Member,
    *,
    track_ids: Sequence[TrackId],
    urls: UrlBuilder,
) -> ReleaseProposal:
    """Return a release of tracks of the owner, with an image of the first cover among them.

    An image that no release shows is deleted after a day. Raises TrackNotFound, NotYourTrack and
    TrackNotReady.
    """
    async with uploads.database.read() as conn:
        files, username = await _list_files(conn, owner, list(dict.fromkeys(track_ids)))
    cover_id = await _store_cover(uploads, storage, owner, files=files, urls=urls)
    return rules.propose_release(files, username, cover_id)


async def _list_files(
    conn: Conn, owner: Member, track_ids: Sequence[TrackId]
) -> tuple[list[ImportedFile], str]:
    """Return the files, and the name of their owner."""
    visible = await visible_tracks.find_visible_names(conn, track_ids, owner)
    if len(visible) < len(track_ids):
        raise TrackNotFound
    if any(track.owner_id != owner.id for track in visible.values()):
        raise NotYourTrack
    files = await audio_queries.list_imported(conn, track_ids)
    if any(file.status is not TrackStatus.READY for file in files):
        raise TrackNotReady
    return files, visible[track_ids[0]].username


async def _store_cover(
    uploads: Uploads,
    storage: AudioStorage,
    owner: Member,
    *,
    files: Sequence[ImportedFile],
    urls: UrlBuilder,
) -> ImageId | None:
    covered = next((file for file in files if file.has_cover), None)
    if covered is None:
        return None
    picture = covers.read_cover(storage.storage, covered.track_id, covered.cover_image_id)
    form = PreparedForm(FileForm(), "cover.jpg", picture)
    try:
        image = await images.upload_image(uploads, storage.covers, owner, form=form, urls=urls)
    except (VezaError, ObjectMissing):
        # With a full quota, or with many unused images, there is a proposal without a cover.
        return None
    return image.id
