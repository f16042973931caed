"""Who reacts to what. Read this file to know every effect of every event.

Every event stands here, those to which nobody reacts too: one that doesn't is taken for an event of
a newer version, and left to a worker that knows it.
"""

from veza.domains.accounts.events import (
    EmailChanged,
    PasswordChanged,
    UserRegistered,
    UserRenamed,
    UserSuspended,
    UserUnsuspended,
)
from veza.domains.audio.jobs import order_deletion
from veza.domains.comments.events import TrackCommented
from veza.domains.comments.jobs import count_shown_comments
from veza.domains.messages.events import MessageSent
from veza.domains.recovery.jobs import follow_to_address, tell_of_password, welcome
from veza.domains.relations.events import UserFollowed
from veza.domains.relations.jobs import order_recount
from veza.domains.tracks.events import TrackDeleted, TrackFailed, TrackLiked, TrackReady
from veza.domains.tracks.jobs import reindex_artist
from veza.infra.outbox import Reactions

REACTIONS: Reactions = {
    EmailChanged: [follow_to_address],
    MessageSent: [],
    PasswordChanged: [tell_of_password],
    TrackCommented: [],
    TrackDeleted: [order_deletion],
    TrackFailed: [],
    TrackLiked: [],
    TrackReady: [],
    UserFollowed: [],
    UserRegistered: [welcome],
    UserRenamed: [reindex_artist],
    UserSuspended: [count_shown_comments, order_recount],
    UserUnsuspended: [count_shown_comments, order_recount],
}
