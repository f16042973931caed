"""What other domains decide in statements of theirs: who is a member, and who is asked for more."""


def has_tier(viewer: str, profile: str, tier: str | None = None) -> str:
    """Return the condition that a viewer has a tier of a profile now, or any of its memberships.

    All three are columns or placeholders with an id. A member has all tiers of the profile whose
    position is the same as that of their own or lower, whether these still take members or not. A
    monthly tip has no tier.
    """
    if tier is None:
        return f"""
            exists (
                select from memberships hm
                 where hm.member_id = {viewer} and hm.profile_id = {profile}
                   and hm.access_until > now()
            )
        """
    return f"""
        exists (
            select from memberships hm
              join tiers ht on ht.id = hm.tier_id
              join tiers wanted on wanted.id = {tier} and wanted.profile_id = hm.profile_id
             where hm.member_id = {viewer} and hm.profile_id = {profile}
               and hm.access_until > now() and ht.position >= wanted.position
        )
    """


def asked_cents(membership: str, tier: str) -> str:
    """Return the higher price that a member is asked to agree to; null if none is asked.

    Both are aliases; the tier may be missing.
    """
    m, t = membership, tier
    offered = f"case {m}.interval when 'month' then {t}.monthly_cents else {t}.yearly_cents end"
    return f"""
        case when {m}.state in ('active', 'past_due', 'paused') and {m}.cancelled_at is null
                  and {m}.next_tier_name is null and {offered} > {m}.price_cents
             then {offered} end
    """
