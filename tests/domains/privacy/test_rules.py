"""Who may ask for an export, and how far one is: decided without asking anybody."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from veza.core.ids import ExportId, UserId, new_id
from veza.core.signed_urls import Resource, UrlBuilder, UrlSigner
from veza.domains.privacy import rules
from veza.domains.privacy.errors import ExportRunning, ExportTooSoon
from veza.domains.privacy.models import ExportProgress, ExportStatus, StoredExport

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINKS = UrlBuilder("http://veza.test/api/v1", UrlSigner(b"", ""), 1)
WAITING = StoredExport(
    id=ExportId(new_id()),
    user_id=UserId(new_id()),
    status=ExportStatus.WAITING,
    failure_reason=None,
    tries=0,
    files_done=0,
    files_total=0,
    bytes_done=0,
    bytes_total=0,
    size_bytes=None,
    sha256=None,
    created_at=NOW,
    ready_at=None,
    expires_at=None,
)
READY = structs.replace(
    WAITING,
    status=ExportStatus.READY,
    size_bytes=10,
    sha256="0" * 64,
    ready_at=NOW,
    expires_at=NOW + rules.KEPT_FOR,
)


def test_a_first_export_or_one_after_a_failure_is_allowed():
    rules.ensure_may_request(None, NOW)
    rules.ensure_may_request(structs.replace(WAITING, status=ExportStatus.FAILED), NOW)


@pytest.mark.parametrize("status", [ExportStatus.WAITING, ExportStatus.RUNNING])
def test_one_export_runs_at_a_time(status):
    with pytest.raises(ExportRunning):
        rules.ensure_may_request(structs.replace(WAITING, status=status), NOW + timedelta(days=9))


@pytest.mark.parametrize("status", [ExportStatus.READY, ExportStatus.EXPIRED])
def test_one_export_a_day_is_allowed(status):
    export = structs.replace(READY, status=status)
    with pytest.raises(ExportTooSoon) as refused:
        rules.ensure_may_request(export, NOW + timedelta(hours=23))
    assert refused.value.retry_after == 3600
    rules.ensure_may_request(export, NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("files", "size", "percent"),
    [
        ((0, 0), (0, 0), 0),
        ((1, 4), (0, 0), 25),
        ((4, 4), (0, 0), 99),
        ((0, 4), (1, 3), 33),
        ((4, 4), (3, 3), 99),
        ((4, 4), (9, 3), 99),
    ],
)
def test_progress_reaches_100_only_when_ready(files, size, percent):
    export = structs.replace(
        WAITING,
        files_done=files[0],
        files_total=files[1],
        bytes_done=size[0],
        bytes_total=size[1],
    )
    assert rules.percent_of(export) == percent
    assert rules.percent_of(READY) == 100


def test_an_export_is_shown_as_expired_before_it_is_deleted():
    before = rules.show_export(READY, LINKS, NOW + timedelta(hours=23))
    after = rules.show_export(READY, LINKS, NOW + timedelta(hours=24))
    expires = int((NOW + timedelta(hours=24)).timestamp())
    lasting = structs.replace(LINKS, expires=expires)
    assert before.url == (
        f"http://veza.test/api/v1/users/me/export/{READY.id}/download"
        f"{lasting.signed_query(Resource.EXPORT, READY.id)}"
    )
    assert (before.status, after.status, after.url) == ("ready", "expired", None)


def test_the_archive_lists_missing_files():
    assert "can't be found" not in rules.write_readme(NOW, [])
    assert rules.write_readme(NOW, ["media/a", "media/b"]).endswith("\n- media/a\n- media/b\n")


def test_progress_is_stored_at_most_once_per_percent():
    told = ExportProgress(0, 4, 0, 10**12)
    assert not rules.is_progress_due(told, ExportProgress(3, 4, 10**10 - 1, 10**12))
    assert rules.is_progress_due(told, ExportProgress(0, 4, 10**10, 10**12))
    nothing = ExportProgress(0, 4, 0, 0)
    assert rules.is_progress_due(nothing, ExportProgress(1, 4, 0, 0))
