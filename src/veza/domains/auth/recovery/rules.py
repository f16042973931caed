"""Mails: five an hour to an address, retried for a day, then held for a week."""

import hashlib
from datetime import UTC, datetime, timedelta

from veza.core.audit_record import AuditLog, AuditRecord
from veza.core.ids import AuditEventId, UserId, new_id
from veza.domains.auth.recovery.models import MailPurpose
from veza.domains.platform.mail.models import MailReason

# Their links are signed, and admit to one sanction.
ABOUT_SANCTIONS = frozenset(
    {
        MailPurpose.ACCOUNT_WARNED,
        MailPurpose.ACCOUNT_SUSPENDED,
        MailPurpose.APPEAL_UPHELD,
        MailPurpose.ITEM_TAKEN_DOWN,
    }
)
ABOUT_BACKUPS = frozenset({MailPurpose.BACKUP_FAILED, MailPurpose.BACKUP_OVERDUE})
# The links of these work without a token.
WITHOUT_TOKEN = (
    ABOUT_SANCTIONS
    | ABOUT_BACKUPS
    | {
        MailPurpose.SIGN_UP_ACCEPTED,
        MailPurpose.SIGN_UP_DECLINED,
        MailPurpose.SUSPENSION_LIFTED,
        MailPurpose.WARNING_WITHDRAWN,
        MailPurpose.ITEM_RESTORED,
    }
)
# What members are told, in case it wasn't them.
NOTICES = (
    frozenset(MailPurpose)
    - WITHOUT_TOKEN
    - {MailPurpose.PASSWORD_RESET, MailPurpose.EMAIL_VERIFICATION}
)

_NOTICE_LIFETIME = timedelta(days=7)
# How long a link works after the time for an appeal, to read the decision on it.
READ_DECISION_FOR = timedelta(days=30)
# How long the token of a mail works.
TOKEN_LIFETIMES = {
    MailPurpose.PASSWORD_RESET: timedelta(hours=1),
    MailPurpose.EMAIL_VERIFICATION: timedelta(days=7),
} | dict.fromkeys(NOTICES, _NOTICE_LIFETIME)

# How long an undeliverable mail is retried.
RETRY_FOR = timedelta(days=1)

# How long, and how many of, the mails that wait for an admin are kept.
HELD_FOR = timedelta(days=7)
MAX_HELD = 1000

_PATHS = (
    dict.fromkeys(NOTICES, "not-me")
    | dict.fromkeys(ABOUT_SANCTIONS, "appeal")
    | dict.fromkeys(ABOUT_BACKUPS, "console/backups")
    | {
        MailPurpose.PASSWORD_RESET: "reset-password",
        MailPurpose.EMAIL_VERIFICATION: "verify-email",
        MailPurpose.SIGN_UP_ACCEPTED: "sign-in",
        MailPurpose.SIGN_UP_DECLINED: "",
        MailPurpose.SUSPENSION_LIFTED: "sign-in",
        MailPurpose.WARNING_WITHDRAWN: "sign-in",
        MailPurpose.ITEM_RESTORED: "sign-in",
    }
)


def page_of(purpose: MailPurpose, token: str | None) -> str:
    """Return the path of the page that a mail links to, with the token in its fragment."""
    return f"/{_PATHS[purpose]}" + ("" if token is None else f"#token={token}")


def reason_of(purpose: MailPurpose) -> MailReason:
    """Return why somebody gets a mail."""
    return MailReason.ADMIN if purpose in ABOUT_BACKUPS else MailReason.ACCOUNT


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
