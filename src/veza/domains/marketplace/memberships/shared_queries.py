"""The expression of the higher price that a member is asked for, also in mails."""


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
