"""A resumable upload becomes a track, whose processing is enqueued."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from veza.core.access import Access, Member
from veza.core.activities import Activity
from veza.core.profiles import Right
from veza.core.signed_urls import UrlSigner
from veza.domains.music.audio.service import uploads as track_uploads
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.tracks.models.forms import TrackUpload
from veza.domains.platform.uploads.models import Admission, PreparedForm, StorageKind
from veza.domains.platform.uploads.service import UploadPurpose, Uploads
from veza.http.requests.upload_metadata import refusing
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Tx


def create_purposes(services: ServiceRegistry) -> Mapping[str, UploadPurpose[Any]]:
    """Return the purpose `track`."""
    return {"track": _create_purpose(services)}


def _create_purpose(services: ServiceRegistry) -> UploadPurpose[TrackUpload]:
    uploads = services.get(Uploads)
    urls = services.get(UrlSigner)
    storage = services.get(AudioStorage)

    async def ensure_allowed(tx: Tx, owner: Member, _: TrackUpload | None, __: int, /) -> Admission:
        await track_uploads.ensure_may_upload(tx, storage, owner)
        return Admission()

    async def complete(owner: Member, form: PreparedForm[TrackUpload]) -> None:
        await track_uploads.upload_track(uploads, storage, owner, form=form, urls=urls.builder(""))

    return UploadPurpose(
        access=Access.CREATOR,
        right=Right.PUBLISH,
        kind=StorageKind.TRACKS,
        max_bytes=storage.max_upload_bytes,
        read_fields=refusing(partial(track_uploads.read_accepted_form, storage)),
        ensure_allowed=ensure_allowed,
        complete=complete,
        path_of=lambda _, track_id: f"/tracks/{track_id}",
        activity=Activity.UPLOAD,
        ensure_head=track_uploads.ensure_audio,
    )
