"""A step that publishes a release."""

from typing import Any

from tests import make
from veza.app.services import Services
from veza.core.ids import ReleaseId, TrackId
from veza.core.visibility import Visibility


async def release(
    services: Services, owner: make.Person, title: str, *track_ids: TrackId, **fields: Any
) -> ReleaseId:
    async with services.database.transaction() as tx:
        given = {"visibility": Visibility.PUBLIC} | fields
        made = await make.release(tx, owner.member, title, *track_ids, **given)
        await make.keep_quiet(tx)
    return made
