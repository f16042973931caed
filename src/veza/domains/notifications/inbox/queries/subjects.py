"""The subjects of notifications, in groups that are only joined if a notification needs them.

A page has few kinds of notifications. Joining the tables of all kinds takes PostgreSQL twice as
long as what it reads.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from veza.core.people import person_fields
from veza.core.stream_audiences import in_audience
from veza.core.visibility import (
    active,
    blocked,
    members_track,
    muted,
    seen_post,
    shared,
    shared_track,
    taken_down,
)
from veza.domains.chat.conversations.shared_queries import still_admits
from veza.domains.notifications.inbox.models import SubjectGroup

# The columns of `notifications` that are not null if a subject is of the group.
KEYS = {
    SubjectGroup.MUSIC: ("track_id", "track_comment_id"),
    SubjectGroup.POSTS: ("post_id", "post_comment_id"),
    SubjectGroup.CHAT: ("message_id",),
    SubjectGroup.PROFILES: ("profile_invitation_id", "roster_entry_id", "split_id"),
    SubjectGroup.OTHER: (
        *("stream_id", "release_id", "playlist_id", "moderation_action_id", "report_id"),
        *("order_id", "refund_id", "transfer_id", "gear_id", "export_id"),
        "commission_id",
    ),
}

_TITLED = """
    case when {0}.id is not null then jsonb_build_object('id', {0}.id, 'title', {0}.title) end"""
_EXCERPT = """
    case when {0} then jsonb_build_object('id', {1}.id, 'excerpt', left({1}.content, 200)) end"""


def _is_open(credits_table: str) -> str:
    """Return the condition that a request to confirm a credit is not answered."""
    return f"""
        (n.kind <> 'credit_request'
         or exists (select from {credits_table} c
                     where c.id = n.subject_id and c.state = 'pending'))
    """


class _Group(Struct, frozen=True):
    """The part of a group in the statement that reads a notification `n` as its member sees it.

    `columns` are by the name of a field; those of one name exclude each other. `owners` are ids of
    the owner of the subject, and `is_shown` is the condition of the group beside theirs.
    """

    joins: str
    columns: dict[str, str]
    owners: Sequence[str] = ()
    is_shown: Sequence[str] = ()


_MUSIC = _Group(
    joins="""
                 left join track_comments tc on tc.id = n.track_comment_id
                 left join tracks t on t.id = n.track_id
    """,
    columns={
        "track": _TITLED.format("t"),
        "comment": _EXCERPT.format("tc.content is not null", "tc"),
        "reason": "t.failure_reason",
    },
    owners=["t.owner_id"],
    is_shown=[
        "(tc.id is null or not tc.is_taken_down)",
        f"""(t.id is null or t.owner_id = n.user_id
            or {shared_track("t")} or {members_track("t", "n.user_id")})""",
        f"(t.id is null or {_is_open('track_credits')})",
    ],
)
_POSTS = _Group(
    joins="""
                 left join post_comments pc on pc.id = n.post_comment_id
                 left join posts p on p.id = n.post_id
    """,
    columns={
        "post": _EXCERPT.format("p.id is not null", "p"),
        "comment": _EXCERPT.format("pc.content is not null", "pc"),
    },
    owners=["p.author_id"],
    is_shown=[
        "(pc.id is null or pc.deleted_at is null and not pc.is_taken_down)",
        f"""(p.id is null or p.author_id = n.user_id
            or not p.is_taken_down and {seen_post("p", "n.user_id")})""",
    ],
)
_CHAT = _Group(
    joins="""
                 left join messages m on m.id = n.message_id
                 left join conversations c on c.id = m.conversation_id
                 left join conversation_members cm
                        on cm.conversation_id = m.conversation_id and cm.user_id = n.user_id
    """,
    columns={
        "conversation": """
    case when c.id is not null then jsonb_build_object(
        'id', c.id, 'type', c.type, 'name', c.name) end""",
        "message": _EXCERPT.format("m.deleted_at is null and m.content is not null", "m"),
        # A notification is also read once the member has read up to its message.
        "is_read": "case when cm.read_number >= n.message_number then true end",
    },
    is_shown=[
        f"""(m.id is null or cm.joined_seq < m.seq and {still_admits("cm")}
            and (n.kind = 'message' or m.deleted_at is null))"""
    ],
)
# Until they are answered.
_PROFILES = _Group(
    joins="""
                 left join roster_entries re on re.id = n.roster_entry_id
                 left join splits sp on sp.id = n.split_id
                 left join products sd on sd.id = sp.product_id
                 left join releases sr on sr.id = sp.release_id
                 left join users su on su.id = sp.profile_id
    """,
    columns={
        "split": """
    case when sp.id is not null then jsonb_build_object(
        'id', sp.id, 'title', coalesce(sd.title, sr.title, su.display_name, su.username),
        'product_id', sp.product_id, 'release_id', sp.release_id,
        'profile_id', sp.profile_id) end""",
    },
    is_shown=[
        "re.accepted_at is null",
        """(sp.id is null
            or sp.status = 'proposed'
               and not exists (select from split_acceptances a
                                where a.split_id = sp.id and a.party_id = n.user_id))""",
    ],
)
_PRODUCTS_FIRST = "i.kind <> 'product', i.title"
# The words of a muted member, or of one that either of both blocks, are left out.
_TIP = f"""
    (select jsonb_build_object(
                'giver', coalesce(g.display_name, g.username), 'amount_cents', i.price_cents,
                'message', case when not {muted("n.user_id", "o.buyer_id")}
                                 and not {blocked("n.user_id", "o.buyer_id")} then w.message end)
       from order_items i
       join tips w on w.item_id = i.id
       left join users g on g.id = o.buyer_id and {active("g")}
      where i.order_id = n.order_id and i.seller_id = n.user_id and part.kind = 'tip'
      order by i.position
      limit 1)
"""
_OTHER = _Group(
    joins=f"""
                 left join streams st on st.id = n.stream_id
                 left join releases rl on rl.id = n.release_id
                 left join playlists pl on pl.id = n.playlist_id
                 left join playlist_editors pe
                        on pe.playlist_id = pl.id and pe.user_id = n.user_id
                 left join moderation_actions s on s.id = n.moderation_action_id
                 left join reports r on r.id = coalesce(n.report_id, s.report_id)
                 left join gear g on g.id = n.gear_id
                 left join exports e on e.id = n.export_id
                 left join orders o on o.id = n.order_id
                 left join refunds rf on rf.id = n.refund_id
                 left join order_items ci on ci.id = n.commission_id
                 left join transfers tf on tf.id = n.transfer_id
                 -- For sellers and parties their items of an order or refund, and what they earn
                 -- by them; for buyers all items.
                 left join lateral (
                           select (array_agg(i.title order by {_PRODUCTS_FIRST}))[1] as title,
                                  (array_agg(i.kind order by {_PRODUCTS_FIRST}))[1] as kind,
                                  sum(i.price_cents)::bigint as cents,
                                  coalesce(sum(s.net_cents), 0)::bigint as share_cents
                             from order_items i
                             left join refund_items b
                                    on b.refund_id = n.refund_id and b.item_id = i.id
                             left join lateral (
                                 select p.net_cents
                                   from order_item_parts p
                                  where p.item_id = i.id and p.party_id = n.user_id
                                  union all
                                 select i.net_cents
                                  where i.seller_id = n.user_id
                                    and not exists (select from order_item_parts p
                                                     where p.item_id = i.id)
                             ) s on true
                            where i.order_id = n.order_id
                              and (i.seller_id = n.user_id or s.net_cents is not null
                                   or n.kind like 'refund%'
                                   or n.kind = 'preorder_delivered'
                                      and i.delivered_at is not null)
                              and (n.refund_id is null or b.item_id is not null)
                      ) part on n.order_id is not null
    """,
    columns={
        "stream": _TITLED.format("st"),
        "release": _TITLED.format("rl"),
        "playlist": _TITLED.format("pl"),
        "report": """
    case when r.action is not null then jsonb_build_object(
        'content_type', r.content_type, 'content_id', r.content_id, 'outcome', r.action) end""",
        "sale": f"""
    case when part.title is not null and n.kind not like 'refund%' then jsonb_build_object(
        'id', n.order_id, 'title', part.title, 'kind', part.kind,
        'share_cents', part.share_cents, 'currency', o.currency, 'tip', {_TIP}) end""",
        "refund": """
    case when rf.id is not null and part.title is not null then jsonb_build_object(
        'id', rf.id, 'order_id', rf.order_id, 'kind', part.kind, 'title', part.title,
        'amount_cents', part.cents, 'currency', rf.currency) end""",
        "transfer": """
    case when tf.id is not null then jsonb_build_object(
        'id', tf.id, 'order_id', tf.order_id, 'currency', tf.currency,
        'amount_cents', coalesce(tf.amount_cents, tf.due_cents),
        'reversed_cents', tf.reversed_cents) end""",
        "gear": """
    case when g.id is not null then jsonb_build_object(
        'id', g.id, 'name', g.name, 'warranty_until', g.warranty_until) end""",
        "commission": _TITLED.format("ci"),
        "export_expires_at": "e.expires_at",
        "reason": """
    coalesce(s.reason, rf.failure, case when n.kind = 'transfer_failed' then tf.reason end)""",
    },
    owners=["st.owner_id", "rl.owner_id", "pl.owner_id"],
    is_shown=[
        # A buyer has the archive of a private release too.
        f"""(rl.id is null or rl.owner_id = n.user_id or {shared("rl")}
            or n.kind = 'archive_ready')""",
        f"(rl.id is null or {_is_open('release_credits')})",
        f"""(pl.id is null or pl.owner_id = n.user_id
            or pe.user_id is not null and not {taken_down("pl")})""",
        f"""(st.id is null or st.owner_id = n.user_id
            or not st.is_taken_down and {in_audience("st", "n.user_id")})""",
    ],
)
_GROUPS = {
    SubjectGroup.MUSIC: _MUSIC,
    SubjectGroup.POSTS: _POSTS,
    SubjectGroup.CHAT: _CHAT,
    SubjectGroup.PROFILES: _PROFILES,
    SubjectGroup.OTHER: _OTHER,
}
_FIELDS = (
    *("track", "playlist", "post", "comment", "conversation", "message", "report", "sale"),
    *("refund", "transfer", "stream", "release", "gear", "split", "commission", "reason"),
    "export_expires_at",
)
_ACTORS = f"""
    (select array(
               select jsonb_build_object({person_fields("u")})
                 from notification_actors a
                 join users u on u.id = a.actor_id
                where a.notification_id = n.id
                  and {active("u")}
                  and (select true from mutes
                        where muter_id = n.user_id and muted_id = u.id) is null
                  and not {blocked("n.user_id", "u.id")}
                order by a.acted_at desc
                limit 3
          ) as actors offset 0)
"""
_OWNER_IS_SHOWN = f"""
    (owner.id is null or owner.id = n.user_id
     or {active("owner")}
        and not {blocked("n.user_id", "owner.id")})
"""


def select_seen(wanted: Iterable[SubjectGroup]) -> str:
    """Return the statement, up to its `where`, that reads notifications as their members see them.

    It is right for notifications whose subjects are of the groups. The latest three actors are
    named, unless they are suspended, muted, or there is a block in either direction. A notification
    `n` is shown (`seen.is_shown`) while it has an actor to name, if it has any, and while the
    member may see its subject.

    `offset 0` evaluates it for one notification at a time: the planner can't estimate how many are
    shown, and would otherwise read all of the member's notifications, or all members.
    """
    groups = [_GROUPS[name] for name in sorted(wanted)]
    joins = "".join(group.joins for group in groups)
    shown = ["(n.actors_count is null or cardinality(named.actors) > 0)"]
    shown += [condition for group in groups for condition in group.is_shown]
    owners = [owner for group in groups for owner in group.owners]
    if owners:
        joins += f"left join users owner on owner.id = coalesce({', '.join(owners)})"
        shown.append(_OWNER_IS_SHOWN)
    columns = [f"{_combine(groups, name)} as {name}" for name in _FIELDS]
    return f"""
        select n.id, n.user_id, n.kind, coalesce(n.actors_count, 0) as actors_count,
               n.export_id, n.created_at, n.told_at, seen.actors, seen.is_read,
               {", ".join(f"seen.{name}" for name in _FIELDS)}
          from notifications n
         cross join lateral (
               select named.actors, {", ".join(columns)},
                      n.read_at is not null
                      or coalesce({_combine(groups, "is_read")}, false) as is_read,
                      {" and ".join(shown)} as is_shown
                 from {_ACTORS} named
               {joins}
               offset 0
           ) seen
    """


def _combine(groups: Sequence[_Group], name: str) -> str:
    """Return the expression of a field; at most one group has a value for a notification."""
    found = [group.columns[name] for group in groups if name in group.columns]
    return f"coalesce({', '.join(found)})" if found else "null"


def list_keys() -> str:
    """Return the columns of `notifications` that refer to a subject."""
    return ", ".join(key for keys in KEYS.values() for key in keys)


def list_groups() -> str:
    """Return the expression of an aggregate of notifications: the groups of their subjects."""
    cases = [
        f"case when bool_or(num_nonnulls({', '.join(keys)}) > 0) then '{group}' end"
        for group, keys in KEYS.items()
    ]
    return f"array_remove(array[{', '.join(cases)}], null)"
