"""Mails: five an hour to an address, retried for a day, then held for a week."""

import hashlib
from datetime import UTC, datetime, timedelta
from importlib import resources
from string import Template
from urllib.parse import urlsplit

from veza.core.audit_record import AuditLog, AuditRecord
from veza.core.ids import AuditEventId, UserId, new_id
from veza.core.normalize import normalize_identifier
from veza.domains.auth.recovery.models import MailPurpose, MailText

# Their links are signed, and admit to one sanction.
ABOUT_SANCTIONS = frozenset(
    {
        MailPurpose.ACCOUNT_WARNED,
        MailPurpose.ACCOUNT_SUSPENDED,
        MailPurpose.APPEAL_UPHELD,
        MailPurpose.ITEM_TAKEN_DOWN,
    }
)
# The links of these work without a token.
WITHOUT_TOKEN = ABOUT_SANCTIONS | {
    MailPurpose.SIGN_UP_ACCEPTED,
    MailPurpose.SIGN_UP_DECLINED,
    MailPurpose.SUSPENSION_LIFTED,
    MailPurpose.WARNING_WITHDRAWN,
    MailPurpose.ITEM_RESTORED,
    MailPurpose.BACKUP_FAILED,
    MailPurpose.BACKUP_OVERDUE,
}
# What members are told, in case it wasn't them.
NOTICES = (
    frozenset(MailPurpose)
    - WITHOUT_TOKEN
    - {MailPurpose.PASSWORD_RESET, MailPurpose.EMAIL_VERIFICATION}
)

_NOTICE_LIFETIME = timedelta(days=7)
# Longer than an appeal is possible, so that a decision can be read with the same link.
SANCTION_LINK_LIFETIME = timedelta(days=60)
# How long the token of a mail works.
TOKEN_LIFETIMES = {
    MailPurpose.PASSWORD_RESET: timedelta(hours=1),
    MailPurpose.EMAIL_VERIFICATION: timedelta(days=7),
} | dict.fromkeys(NOTICES, _NOTICE_LIFETIME)

# Limits per address and per requesting network within the window.
MAIL_WINDOW_S = 3600
MAX_MAILS_TO_ADDRESS = 5
MAX_REQUESTS_FROM_IP = 20

# How long an undeliverable mail is retried.
RETRY_FOR = timedelta(days=1)

# How long, and how many of, the mails that wait for an admin are kept.
HELD_FOR = timedelta(days=7)
MAX_HELD = 1000

_PATHS = (
    dict.fromkeys(NOTICES, "not-me")
    | dict.fromkeys(ABOUT_SANCTIONS, "appeal")
    | {
        MailPurpose.PASSWORD_RESET: "reset-password",
        MailPurpose.EMAIL_VERIFICATION: "verify-email",
        MailPurpose.SIGN_UP_ACCEPTED: "sign-in",
        MailPurpose.SIGN_UP_DECLINED: "",
        MailPurpose.SUSPENSION_LIFTED: "sign-in",
        MailPurpose.WARNING_WITHDRAWN: "sign-in",
        MailPurpose.ITEM_RESTORED: "sign-in",
        MailPurpose.BACKUP_FAILED: "console/backups",
        MailPurpose.BACKUP_OVERDUE: "console/backups",
    }
)

_FOLDER = resources.files("veza.domains.auth.recovery") / "mails"
# The first line of a template is the subject; the text follows after an empty line.
_TEMPLATES = {
    purpose: Template((_FOLDER / f"{purpose}.txt").read_text()) for purpose in MailPurpose
}


def page_of(purpose: MailPurpose, token: str | None) -> str:
    """Return the path of the page that a mail links to, with the token in its fragment."""
    return f"/{_PATHS[purpose]}" + ("" if token is None else f"#token={token}")


def write_mail_text(
    front_end: str, purpose: MailPurpose, *, name: str, page: str, date: str = ""
) -> MailText:
    """Fill the template of a mail; `page` is the path that its link has at `front_end`."""
    link = front_end + page
    host = urlsplit(front_end).netloc
    filled = _TEMPLATES[purpose].substitute(name=name, host=host, link=link, date=date)
    subject, _, text = filled.partition("\n\n")
    return MailText(subject, text)


def write_date(moment: datetime) -> str:
    """Return a moment as mails tell it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d, %H:%M} UTC"


def describe_completion(user_id: UserId) -> AuditRecord:
    """Return the audit record of factors that a job has removed, beside that of their request."""
    route = "/api/v1/admin/users/{user_id}/factor-recovery"
    return AuditRecord(
        id=AuditEventId(new_id()),
        log=AuditLog.ADMIN,
        user_id=None,
        action="complete_factor_recovery",
        route=route,
        resource=route.format(user_id=user_id),
        member_id=user_id,
        status=200,
        ip="",
        request_id="",
    )


def hash_token(token: str) -> bytes:
    """Return the stored form of a token. With 256 random bits a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def mask_address(address: str) -> str:
    """Return an address without its mailbox but for the first character."""
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox[:1]}…@{domain}"


def mail_count_key(purpose: str, address: str) -> str:
    """Return the key that counts mails to an address, without revealing it."""
    digest = hashlib.sha256(normalize_identifier(address).encode()).hexdigest()[:32]
    return f"mail:{purpose}:{digest}"
