"""Pages on which a member appeals, with a signature instead of a session."""

import time
from datetime import timedelta

from veza.core.ids import ModerationActionId
from veza.core.signed_urls import Resource, UrlSigner


def write_appeal_page(
    signer: UrlSigner, sanction_id: ModerationActionId, lifetime: timedelta
) -> str:
    """Return the path of the page about a sanction, with what admits to it and to nothing else.

    It is in the fragment, which browsers send to no server: the page sends `expires` and
    `signature` to the routes of that sanction.
    """
    expires = int(time.time() + lifetime.total_seconds())
    signature = signer.sign(Resource.APPEAL, sanction_id, expires=expires)
    return f"/appeal/{sanction_id}#expires={expires}&signature={signature}"
