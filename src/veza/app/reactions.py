"""Who reacts to what. Read this file to know every effect of every event."""

from veza.domains.accounts.events import UserRenamed
from veza.domains.audio.jobs import order_deletion
from veza.domains.tracks.events import TrackDeleted
from veza.domains.tracks.jobs import reindex_artist
from veza.infra.outbox import Reactions

REACTIONS: Reactions = {
    TrackDeleted: [order_deletion],
    UserRenamed: [reindex_artist],
}
