"""The settings about mail to many: its server and sender, its limits, and what comes back."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.setting_types import Quota, SmtpUrl


class BulkMailSettings(Struct, frozen=True, kw_only=True):
    """Settings of broadcasts and other bulk mail, which are sent apart from mails of accounts."""

    bulk_smtp_url: Annotated[
        SmtpUrl | None,
        Meta(
            description="The mail server of broadcasts and other bulk mail, as for "
            "`VEZA_SMTP_URL`, which is the default."
        ),
    ] = None
    bulk_mail_from: Annotated[
        str | None,
        Meta(
            description="The sender of bulk mail, so that complaints about it don't affect mails "
            "of accounts. Default: `VEZA_MAIL_FROM`."
        ),
    ] = None
    bulk_connections: Annotated[
        int, Meta(ge=1, le=50, description="Connections to the server of bulk mail, per broadcast.")
    ] = 8
    bulk_domain_rate: Annotated[
        Quota,
        Meta(
            description="Bulk mails per minute to addresses of one domain, from all processes; "
            "0: no limit."
        ),
    ] = 6000
    broadcasts_per_day: Annotated[
        Quota, Meta(description="Broadcasts of a profile per day in UTC; 0: no limit.")
    ] = 3
    bounce_address: Annotated[
        str | None,
        Meta(
            description="Where reports of undelivered bulk mail go, such as "
            "`bounces@music.example`; `+` and a signed token are added before the `@`. Default: "
            "the sender."
        ),
    ] = None
    mail_webhook_secret: Annotated[
        Annotated[str, Meta(min_length=16, max_length=200)] | None,
        Meta(
            description="The secret in `X-Mail-Secret` with which a mailbox or a mail provider "
            "posts bounces and complaints to `/api/v1/webhooks/mail`. Default: none may."
        ),
    ] = None
