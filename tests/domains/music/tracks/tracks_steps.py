"""States of tracks, and a step that publishes one."""

from tests.make import Person
from veza.app.services import Services
from veza.core.ids import TrackId, new_id
from veza.domains.music.tracks.models.forms import TrackForm
from veza.domains.music.tracks.models.tracks import ProcessedAudio
from veza.domains.music.tracks.service import track_changes

# What a row looks like in each state, beside what `make.bare_track` fills in.
STATES: dict[str, dict[str, object]] = {
    "ready": {},
    "processing": {"status": "processing", "duration_ms": None, "format": None},
    "failed": {
        "status": "failed",
        "duration_ms": None,
        "format": None,
        "failure_reason": "The file breaks off after 3 seconds.",
    },
}


async def publish(services: Services, owner: Person, **said: object) -> TrackId:
    """Commit a ready track through the use cases, so that it has its search text."""
    track_id = TrackId(new_id())
    facts = ProcessedAudio(
        "flac", 60_000, 800_000, 44_100, 2, -14.0, -1.0, None, cover_palette=None
    )
    async with services.database.transaction() as tx:
        form = TrackForm(**said)
        await track_changes.create_track(tx, owner.member, track_id, form)
        await track_changes.finish_track(tx, track_id, facts)
    return track_id
