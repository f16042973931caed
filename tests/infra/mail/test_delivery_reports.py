"""Reports of undelivered mail and complaints are read, and nobody forges one for another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.infra.mail.reports import bounce, complaint
from veza.core.ids import new_id
from veza.infra.mail.delivery_reports import DeliveryReport, ReportKind, read_report
from veza.infra.mail.delivery_tokens import DeliveryTokens, find_tokens
from veza.infra.mail.refusals import find_status, is_bad_address

TOKENS = DeliveryTokens(b"k" * 32)
ADA = "ada@example.com"


def proved(report: DeliveryReport) -> str | None:
    found = (TOKENS.find_address(token, report.addresses) for token in report.tokens)
    return next((each for each in found if each is not None), None)


@pytest.mark.parametrize("headers_only", [True, False])
def test_a_bounce_names_its_mail_and_its_recipient(headers_only: bool) -> None:
    token = TOKENS.write(new_id(), ADA)
    [report] = read_report(bounce(token, ADA, headers_only=headers_only))
    assert (report.kind, report.status) == (ReportKind.BOUNCE, "5.1.1")
    assert proved(report) == ADA


def test_the_mailbox_of_a_token_is_enough() -> None:
    token = TOKENS.write(new_id(), ADA)
    [report] = read_report(bounce("none", ADA, to=f"bounces+{token}@example.org"))
    assert proved(report) == ADA


def test_a_forwarded_mail_is_that_of_its_first_recipient() -> None:
    token = TOKENS.write(new_id(), ADA)
    [report] = read_report(bounce(token, "elsewhere@example.net", original=ADA))
    assert "elsewhere@example.net" in report.addresses
    assert proved(report) == ADA


def test_nobody_suppresses_another_with_a_token_of_their_own() -> None:
    token = TOKENS.write(new_id(), "eve@example.com")
    [report] = read_report(bounce(token, ADA, original=ADA))
    assert proved(report) is None


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_only_what_has_failed_is_a_bounce(action: str) -> None:
    assert read_report(bounce(TOKENS.write(new_id(), ADA), ADA, action=action)) == []


def test_a_complaint_names_its_mail_though_its_recipient_is_blackened() -> None:
    token = TOKENS.write(new_id(), ADA)
    [report] = read_report(complaint(token))
    assert (report.kind, proved(report)) == (ReportKind.COMPLAINT, None)
    assert TOKENS.is_of(report.tokens[0], ADA)
    assert read_report(complaint(token, kind="not-spam")) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nI'm away.\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nnothing",
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed",
    ],
)
def test_what_is_no_report_reports_nothing(content: bytes) -> None:
    assert [proved(report) for report in read_report(content)] in ([], [None])


@given(st.binary(max_size=400), st.integers(0, 2000))
def test_any_bytes_are_read(noise: bytes, place: int) -> None:
    sound = bounce(TOKENS.write(new_id(), ADA), ADA)
    read_report(sound[:place] + noise + sound[place:])


def test_a_report_with_many_parts_is_bounded() -> None:
    token = TOKENS.write(new_id(), ADA)
    block = b"Final-Recipient: rfc822; ada@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    head = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
    assert len(read_report(head + block * 500)) == 50
    assert token not in str(read_report(head + block))


def test_tokens_survive_another_case_and_nothing_else() -> None:
    token = TOKENS.write(new_id(), ADA)
    [found] = find_tokens(f"<{token.upper()}@example.org>")
    assert TOKENS.is_of(found, ADA)
    assert find_tokens(f"x{token}") == []
    assert find_tokens(token[:-1]) == []


@pytest.mark.parametrize(
    ("text", "status"),
    [("5.1.1 no", "5.1.1"), ("5.01.010", "5.1.10"), ("no 5.1.1", ""), ("1.2.3", ""), ("", "")],
)
def test_a_status_stands_at_the_start(text: str, status: str) -> None:
    assert find_status(text) == status


def test_a_policy_against_us_is_no_bad_address() -> None:
    assert is_bad_address("5.1.1")
    assert not is_bad_address("5.7.1")
