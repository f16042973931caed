"""The columns of a message, in the order of `StoredMessage`, and the joins that they need."""

from veza.core.ids import UserId
from veza.core.people import appearance
from veza.core.takedowns import ITEM_TAKEDOWN
from veza.core.visibility import active, shared_track, suspended
from veza.domains.chat.messages.models.events import ConversationEventType
from veza.infra.postgres.where import Where

# Characters of a message that an answer quotes.
_EXCERPT_LENGTH = 140

# Title and artist are shown unless the track is private: its id is enough to see it.
MESSAGE = f"""
    m.id, m.conversation_id, m.seq, m.number, m.sender_id, u.username,
    {appearance("u")} as appearance, m.content, m.client_id,
    m.track_id, t.title as track_title, t.owner_id as artist_id, a.username as artist,
    {appearance("a")} as artist_appearance,
    m.reply_to_id,
    case when v.id is null then null
         else jsonb_build_object('id', q.id, 'seq', q.seq, 'sender_id', v.id,
                                 'username', v.username, 'appearance', {appearance("v")},
                                 'excerpt', left(q.content, {_EXCERPT_LENGTH:d})) end as quote,
    array(select jsonb_build_object('id', i.id, 'width', i.width, 'height', i.height)
            from message_images mi
            join images i on i.id = mi.image_id
           where mi.message_id = m.id
           order by mi.position) as images,
    case when p.id is null then null
         else jsonb_build_object('id', p.id, 'name', p.name, 'size_bytes', p.size_bytes,
                                 'content_type', p.content_type) end as file,
    m.reactions, m.created_at, m.edited_at, m.deleted_at,
    {suspended("u")} as is_hidden
"""

JOINS = f"""
          left join users u on u.id = m.sender_id
          left join tracks t on t.id = m.track_id and {shared_track("t")}
          left join users a on a.id = t.owner_id and {active("a")}
          left join messages q on q.id = m.reply_to_id and q.deleted_at is null
          left join users v on v.id = q.sender_id and {active("v")}
          left join message_files f on f.message_id = m.id
          left join file_snapshots p on p.id = f.snapshot_id
"""

_KNOWN_EVENTS = ", ".join(f"'{each}'" for each in ConversationEventType)
# During an upgrade a newer process may have stored an event of another type, as a change of its
# message: it is shown as it is now.
EVENT_TYPE = f"""
    case when e.type in ({_KNOWN_EVENTS}) then e.type
         else '{ConversationEventType.EDITED}' end as event_type
"""

# The columns of `of_viewer`, where a message is shown to nobody in particular.
OF_NOBODY = "null::text[] as reacted, null::jsonb as taken_down"


def of_viewer(where: Where, viewer_id: UserId) -> str:
    """Return the columns with the viewer's own reactions, and why their message is taken down."""
    viewer = where.bind(viewer_id)
    return f"""array(
        select r.emoji
          from message_reactions r
         where r.message_id = m.id and r.user_id = {viewer}
         order by r.reacted_at, r.emoji) as reacted, {own_takedown(viewer)}"""


def own_takedown(viewer: str) -> str:
    """Return the column `taken_down` of `viewer`, SQL of their id: an `OwnTakedown`, or null."""
    return f"""
        case when m.deleted_at is not null and m.sender_id = {viewer} then (
            select jsonb_build_object('item', {ITEM_TAKEDOWN}, 'kept', d.kept)
              from takedowns d
             where d.content_type = 'message' and d.content_id = m.id
               and d.undone_at is null and d.kept <> '{{}}')
        end as taken_down
    """
