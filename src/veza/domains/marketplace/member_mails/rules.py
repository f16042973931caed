"""The text of a mail to a member."""

from datetime import datetime

from veza.core.money import write_amount
from veza.domains.marketplace.member_mails.models import MailedMembership
from veza.domains.marketplace.memberships.models.state import MemberNotice
from veza.domains.platform.mail.models import Block, Heading, Letter, MailReason, Quote
from veza.domains.platform.mail.rules.templates import fill_blocks, fill_subject, load_templates
from veza.domains.platform.mail.rules.words import explain

# Mails of this kind to one address in an hour.
MAX_TO_MEMBER = 100
_PACKAGE = "veza.domains.marketplace.member_mails"


def write_notice(
    membership: MailedMembership, notice: MemberNotice, *, host: str, link: str
) -> Letter:
    """Return the mail of a notice; `link` leads to the member's memberships."""
    language = membership.language
    template = load_templates(_PACKAGE, language)[notice]
    values = {
        "profile": membership.profile,
        "tier": membership.tier_name,
        "price": write_amount(membership.price_cents, membership.currency),
        "asked": write_amount(membership.asked_cents or 0, membership.currency),
        "until": _write_day(membership.paid_until),
        "again": _write_day(membership.next_charge_at),
    }
    subject = fill_subject(template, values)
    blocks: list[Block] = [Heading(subject)]
    if notice is MemberNotice.WELCOME and membership.welcome:
        blocks.append(Quote(membership.welcome))
    blocks += fill_blocks(template, values, link)
    return Letter(
        language=language,
        subject=subject,
        blocks=blocks,
        reason=explain(language, MailReason.ORDER, host),
    )


def _write_day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"
