"""Prints without sound, for what follows from them."""

import random

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.ids import TrackId
from veza.core.recording_prints import RecordingPrint
from veza.core.takedowns import ContentCategory
from veza.domains.music.prints import service
from veza.domains.music.prints.models import Comparison, FoundMatch
from veza.infra.postgres.database import Tx

WORDS = 300


def noise(seed: int) -> RecordingPrint:
    return RecordingPrint(WORDS, random.Random(seed).randbytes(4 * WORDS))


async def printed(services: Services, track_id: TrackId, recording: RecordingPrint) -> None:
    """Store a print of a track, and what it is like, as its processing does."""
    found = await service.compare(services.database, recording)
    async with services.database.transaction() as tx:
        await service.store(tx, track_id, recording, found)


async def with_file(tx: Tx, track_id: TrackId, sha256: str = "0" * 64) -> None:
    sql = """
        insert into track_media (track_id, filename, original_kind, original_size, original_hash)
             values ($1, 'a.flac', 'flac', 1, $2)
    """
    await tx.run(sql, track_id, sha256)


async def hold_as_known(services: Services, owner: Person, title: str) -> TrackId:
    """Make a track that is held, as if it were like one that was taken down."""
    known = FoundMatch(0, 1.0, ContentCategory.COPYRIGHT)
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, owner.member, title)
        await service.hold(tx, track_id, owner.id, Comparison([], [known]))
    return track_id
