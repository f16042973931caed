"""Rules of visibility decide the same as the conditions in SQL, for all combinations of states."""

from itertools import product
from typing import Any
from uuid import UUID

import msgspec
import pytest

from veza.core.ids import UserId, new_id
from veza.core.track_metadata import AiUse
from veza.core.visibility import (
    AiChoice,
    Choices,
    CreditState,
    ExplicitChoice,
    TrackStatus,
    Visibility,
    active,
    admitted,
    announced_release,
    blocked,
    blocked_ids,
    is_credit_linked,
    is_shared,
    is_track_published,
    is_track_shared,
    is_visible_to,
    is_wanted,
    linked_credit,
    listed_release,
    muted,
    only_for_owner,
    public,
    published_track,
    seen_post,
    shared,
    shared_track,
    suspended,
    suspended_ids,
    taken_down,
    visible_release,
    visible_track,
    wanted_item,
    wanted_release,
    wanted_track,
)
from veza.infra.postgres.database import Tx

# The viewer, and five owners: one without a relation to the viewer, one who is suspended, one who
# blocks the viewer, one whom the viewer blocks, and one whom the viewer mutes.
VIEWER, OTHER, SUSPENDED, BLOCKER, BLOCKED, MUTED = OWNERS = [UserId(new_id()) for _ in range(6)]
_BLOCKS = {BLOCKER, BLOCKED}
# Each owner has three tiers. The viewer is a member of the middle one, but OTHER's was until now.
TIERS: dict[UserId, list[UUID]] = {owner: [new_id() for _ in range(3)] for owner in OWNERS}
_FORMER = OTHER


class Item(msgspec.Struct, frozen=True):
    """A track, release or playlist in one of its states, with its owner."""

    number: int
    owner_id: UserId
    visibility: Visibility
    status: TrackStatus
    tracks_count: int
    publish_at: str | None
    owner_visibility: Visibility | None
    tier: int | None

    @property
    def tier_id(self) -> UUID | None:
        return None if self.tier is None else TIERS[self.owner_id][self.tier]

    @property
    def is_admitting(self) -> bool:
        """The viewer has its tier, and neither they nor the owner blocks the other."""
        has_tier = self.tier in {0, 1} and self.owner_id != _FORMER
        return has_tier and self.owner_id not in _BLOCKS

    @property
    def is_for_viewer(self) -> bool:
        return self.is_admitting and self.owner_visibility is None

    @property
    def is_hidden(self) -> bool:
        return self.owner_id == SUSPENDED

    @property
    def is_hidden_or_blocked(self) -> bool:
        return self.is_hidden or self.owner_id in _BLOCKS


_LATER = "2030-01-01T00:00:00Z"
# Those that staff has taken down have what their owner chose besides.
STATES = product(
    *(OWNERS, Visibility, TrackStatus, [0, 1], [None, _LATER], [None, Visibility.PUBLIC]),
    [None, 0, 1, 2],
)
ITEMS = [Item(number, *state) for number, state in enumerate(STATES)]

# Tables with the names of the real ones, and only what decides.
_TABLES = """
    with users (id, suspended_at) as (
        select id, case when id = $2 then now() end from unnest($1::uuid[]) as m (id)
    ), blocks (blocker_id, blocked_id) as (
        values ($3::uuid, $4::uuid), ($4::uuid, $5::uuid)
    ), mutes (muter_id, muted_id) as (
        values ($4::uuid, $7::uuid), ($3::uuid, $4::uuid)
    ), tiers (id, profile_id, position) as (
        select id, profile_id, 1 + (number - 1) % 3
          from unnest($8::uuid[], $9::uuid[]) with ordinality as m (id, profile_id, number)
    ), memberships (member_id, profile_id, tier_id, access_until) as (
        select $4::uuid, profile_id, id,
               now() + case when profile_id = $10 then interval '0' else interval '1 day' end
          from tiers where position = 2
    ), items as (
        select *
          from jsonb_to_recordset($6) as r (
               number integer, owner_id uuid, visibility text, status text, tracks_count integer,
               publish_at timestamptz, owner_visibility text, tier_id uuid)
    )
"""


async def select(tx: Tx, condition: str) -> set[int]:
    """Return the numbers of the items `i`, with their owners `u`, that meet a condition."""
    sql = f"""
        {_TABLES}
        select i.number
          from (select *, owner_id as author_id from items) i
          join users u on u.id = i.owner_id
         where {condition}
    """
    rows: Any = [
        msgspec.to_builtins(each) | {"tier_id": each.tier_id and str(each.tier_id)}
        for each in ITEMS
    ]
    tiers = [(tier, owner) for owner, owned in TIERS.items() for tier in owned]
    values = (OWNERS, SUSPENDED, BLOCKER, VIEWER, BLOCKED, rows, MUTED)
    columns = [list(column) for column in zip(*tiers, strict=True)]
    found = await tx.column(int, sql, *values, *columns, _FORMER)
    return set(found)


def is_visible(viewer: UserId | None, item: Item, *, is_shown: bool, is_hidden: bool) -> bool:
    return is_visible_to(viewer, item.owner_id, is_shown=is_shown, is_hidden=is_hidden)


TRACK_OF = {
    item.number: is_visible(
        VIEWER,
        item,
        is_shown=is_track_shared(item) or (item.is_for_viewer and item.status is TrackStatus.READY),
        is_hidden=item.is_hidden,
    )
    for item in ITEMS
}
RELEASE_OF = {
    item.number: is_visible(
        VIEWER,
        item,
        is_shown=is_shared(item.visibility) or item.is_for_viewer,
        is_hidden=item.is_hidden_or_blocked,
    )
    for item in ITEMS
}


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        (active("u"), lambda item: not item.is_hidden),
        (suspended("u"), lambda item: item.is_hidden),
        (f"u.id in ({suspended_ids()})", lambda item: item.is_hidden),
        (blocked("$4", "u.id"), lambda item: item.owner_id in _BLOCKS),
        (f"u.id in ({blocked_ids('$4')})", lambda item: item.owner_id in _BLOCKS),
        (blocked(None, "u.id"), lambda _: False),
        (admitted("$4", "i.owner_id", "i.tier_id"), lambda item: item.is_admitting),
        (admitted(None, "i.owner_id", "i.tier_id"), lambda _: False),
        (
            seen_post("i", "$4"),
            lambda item: item.tier is None or item.owner_id == VIEWER or item.is_admitting,
        ),
        (seen_post("i", None), lambda item: item.tier is None),
        (muted("$4", "u.id"), lambda item: item.owner_id == MUTED),
        (published_track("i"), is_track_published),
        (shared_track("i"), is_track_shared),
        (visible_track("i", "u", "$4"), lambda item: TRACK_OF[item.number]),
        (public("i"), lambda item: item.visibility is Visibility.PUBLIC),
        (shared("i"), lambda item: is_shared(item.visibility)),
        (
            listed_release("i"),
            lambda item: item.visibility is Visibility.PUBLIC and item.tracks_count > 0,
        ),
        (
            announced_release("i"),
            lambda item: (
                (is_shared(item.visibility) or item.publish_at is not None)
                and item.owner_visibility is None
            ),
        ),
        (visible_release("i", "u", "$4"), lambda item: RELEASE_OF[item.number]),
        (taken_down("i"), lambda item: item.owner_visibility is not None),
        (
            only_for_owner("i", "u"),
            lambda item: item.is_hidden or item.owner_visibility is not None,
        ),
    ],
)
async def test_a_rule_and_its_condition_decide_the_same(tx: Tx, condition: str, is_met: Any):
    assert await select(tx, condition) == {item.number for item in ITEMS if is_met(item)}


async def test_credits_link_what_confirmed_them_and_is_not_hidden(tx: Tx):
    states = list(product(CreditState, [False, True]))
    sql = f"""
        select {linked_credit("c", "u")}
          from unnest($1::text[], $2::boolean[]) with ordinality as c (state, is_hidden, number)
         cross join lateral (select case when c.is_hidden then now() end as suspended_at) u
         order by c.number
    """
    columns = [list(column) for column in zip(*states, strict=True)]
    found = await tx.column(bool, sql, *columns)
    assert found == [is_credit_linked(state, is_hidden=hidden) for state, hidden in states]
    assert sum(found) == 1


def test_visitors_see_what_is_shown_and_not_hidden():
    for is_shown, is_hidden in product([True, False], [True, False]):
        seen = is_visible_to(None, OTHER, is_shown=is_shown, is_hidden=is_hidden)
        assert seen == (is_shown and not is_hidden)
        # What has lost its owner belongs to no visitor.
        assert is_visible_to(None, None, is_shown=is_shown, is_hidden=is_hidden) == seen
        assert is_visible_to(OTHER, OTHER, is_shown=is_shown, is_hidden=is_hidden)


_CHOICES = list(product(ExplicitChoice, AiChoice))
_DISCLOSED = list(product([None, False, True], AiUse, [VIEWER, OTHER]))
# One row for each pair of the site's choices and a member's own, None for none of theirs.
_LISTENERS = [
    (*site, *own)
    for site in _CHOICES
    for own in product([None, *ExplicitChoice], [None, *AiChoice])
]


@pytest.mark.parametrize("is_visitor", [False, True])
async def test_what_a_listener_wants_is_decided_alike_by_rule_and_condition(
    tx: Tx, is_visitor: bool
):
    viewer = None if is_visitor else "l.id"
    release, item = "(select i.id, i.owner_id)", "(select i.id, i.owner_id)"
    sql = f"""
        with items as (
            select number as id, is_explicit, ai, owner_id, number
              from unnest($1::boolean[], $2::text[], $3::uuid[])
                   with ordinality as r (is_explicit, ai, owner_id, number)
        ), listeners as (
            select *, $8::uuid as id
              from unnest($4::text[], $5::text[], $6::text[], $7::text[])
                   with ordinality as l (site_explicit, site_ai, explicit, ai, number)
        ), tracks as (table items), release_tracks as (
            select id as release_id, id as track_id from items
        )
        select array_agg(found.is_met order by i.number)
          from listeners l
         cross join items i
         cross join lateral (
                with site_profile as (select l.site_explicit as explicit, l.site_ai as ai),
                     users as (select l.id, l.explicit, l.ai)
                select array[{wanted_track("i", viewer)}, {wanted_release("r", viewer)},
                             {wanted_item("n", viewer)}] as is_met
                  from {release} r, {item} n) found
         group by l.number
         order by l.number
    """
    columns = [list(column) for column in zip(*_DISCLOSED, strict=True)]
    choices = [list(column) for column in zip(*_LISTENERS, strict=True)]
    found = await tx.column(list, sql, *columns, *choices, VIEWER)
    for (site_explicit, site_ai, explicit, ai), decided in zip(_LISTENERS, found, strict=True):
        chosen = Choices(explicit or site_explicit, ai or site_ai)
        if is_visitor:
            chosen = Choices(site_explicit, site_ai)
        for (is_explicit, used, owner_id), met in zip(_DISCLOSED, decided, strict=True):
            is_own = owner_id == VIEWER and not is_visitor
            wanted = is_wanted(chosen, is_explicit=is_explicit, ai=used, is_own=is_own)
            assert met == [wanted] * 3


def test_only_what_is_disclosed_is_left_out_and_only_by_those_who_hide_it():
    hiding = Choices(ExplicitChoice.HIDE, AiChoice.HIDE)
    playing = [Choices(each, AiChoice.SHOW) for each in (ExplicitChoice.SHOW, ExplicitChoice.MARK)]
    for is_explicit, ai in product([None, False, True], AiUse):
        is_plain = not is_explicit and ai is AiUse.NONE
        assert is_wanted(hiding, is_explicit=is_explicit, ai=ai) is is_plain
        assert is_wanted(hiding, is_explicit=is_explicit, ai=ai, is_own=True)
        assert all(is_wanted(each, is_explicit=is_explicit, ai=ai) for each in playing)
