"""Reports as mail servers send them: bounces as Postfix writes them, complaints as Yahoo does."""

_BOUNCE = """\
Return-Path: <>
Date: Tue, 1 Dec 2026 09:00:00 +0000
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

--B1
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
X-Postfix-Queue-ID: 4X1

{original}Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <{recipient}>: User unknown

--B1
Content-Type: {type}

From: Night Ferry <news@example.org>
To: {written_to}
Subject: News
Message-ID: <{token}@example.org>

{body}
--B1--
"""
COMPLAINT = """\
From: <feedback@arf.example.net>
To: <bounces@example.org>
Subject: FW: News
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B2"

--B2
Content-Type: text/plain

This is an email abuse report.

--B2
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Example-FBL/1.0
Version: 1
Original-Rcpt-To: <redacted>

--B2
Content-Type: message/rfc822

From: Night Ferry <news@example.org>
To: redacted
Subject: News
Message-ID: <{token}@example.org>

Hello
--B2--
"""


def bounce(
    token: str,
    recipient: str,
    *,
    to: str = "news@example.org",
    original: str = "",
    action: str = "failed",
    status: str = "5.1.1",
    headers_only: bool = False,
) -> bytes:
    """Write the report that a mail could not be delivered."""
    text = _BOUNCE.format(
        token=token,
        recipient=recipient,
        to=to,
        original=f"Original-Recipient: rfc822;{original}\n" if original else "",
        action=action,
        status=status,
        type="text/rfc822-headers" if headers_only else "message/rfc822",
        written_to=original or recipient,
        body="" if headers_only else "Hello",
    )
    return text.replace("\n", "\r\n").encode()


def complaint(token: str, *, kind: str = "abuse") -> bytes:
    """Write the report that somebody complains of a mail."""
    return COMPLAINT.format(token=token, kind=kind).replace("\n", "\r\n").encode()
