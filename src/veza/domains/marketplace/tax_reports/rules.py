"""Read periods, check the details of sellers, and write the rows of reports as CSV."""

from collections.abc import Sequence
from datetime import date

from msgspec import structs

from veza.core.csv_rows import write_rows
from veza.core.errors import FieldError, Invalid
from veza.core.money_mode import MoneyMode
from veza.core.normalize import require_line
from veza.domains.marketplace.tax_reports.models import (
    Dac7Row,
    OssRow,
    Period,
    SellerKind,
    SellerTaxDetails,
)

OSS_COLUMNS = (
    *("row", "quarter", "country", "rate_percent", "currency", "mode", "sales"),
    *("taxable_cents", "tax_cents", "unproven_sales"),
)
DAC7_COLUMNS = (
    *("seller_id", "username", "kind", "legal_name", "address", "country", "tax_id"),
    *("tax_id_country", "vat_id", "birth_date", "registration_number", "payout_account"),
    *("quarter", "currency", "mode", "sales", "refunds", "consideration_cents", "fees_cents"),
    "tax_cents",
)
_EMPTY = "This is empty: leave it out, or send null."
_OLDEST = date(1900, 1, 1)


def read_quarter(text: str | None, today: date) -> Period:
    """Return a quarter such as `2026-Q4`; without one, that of today."""
    year, number = today.year, (today.month + 2) // 3
    if text is not None:
        year, number = int(text[:4]), int(text[-1])
    following = date(year + 1, 1, 1) if number == 4 else date(year, 3 * number + 1, 1)
    return Period(f"{year}-Q{number}", date(year, 3 * number - 2, 1), following)


def read_year(year: int) -> Period:
    """Return a year."""
    return Period(str(year), date(year, 1, 1), date(year + 1, 1, 1))


def clean_details(details: SellerTaxDetails, today: date) -> SellerTaxDetails:
    """Return details without blanks around them. Raises Invalid for what doesn't fit together."""
    if details.birth_date is not None:
        if details.kind is not SellerKind.PERSON:
            raise _refuse("birth_date", "Only a person has a date of birth.")
        if not _OLDEST <= details.birth_date <= today:
            raise _refuse("birth_date", "This is no date of birth.")
    if details.registration_number is not None and details.kind is not SellerKind.COMPANY:
        raise _refuse("registration_number", "Only a company has a number in a register.")
    return structs.replace(
        details,
        tax_id=_clean(details.tax_id, "tax_id"),
        registration_number=_clean(details.registration_number, "registration_number"),
    )


def write_oss(rows: Sequence[OssRow], mode: MoneyMode) -> bytes:
    """Return a quarter as CSV: sales first, then corrections of earlier quarters."""
    return write_rows(
        [
            OSS_COLUMNS,
            *(
                (
                    "correction" if row.is_correction else "supply",
                    row.quarter,
                    row.country,
                    f"{row.rate:.2f}",
                    row.currency,
                    mode,
                    row.sales,
                    row.taxable_cents,
                    row.tax_cents,
                    row.unproven_sales,
                )
                for row in rows
            ),
        ]
    )


def write_dac7_header() -> bytes:
    """Return the row with the names of the columns."""
    return write_rows([DAC7_COLUMNS])


def write_dac7(rows: Sequence[Dac7Row], year: Period, mode: MoneyMode) -> bytes:
    """Return rows of a year as CSV."""
    return write_rows(
        (
            *(str(row.subject_id), row.username, row.kind, row.legal_name),
            *(_join_lines(row.address), row.country, row.tax_id, row.tax_id_country, row.vat_id),
            row.birth_date and row.birth_date.isoformat(),
            *(row.registration_number, row.payout_account, f"{year.name}-Q{row.quarter}"),
            *(row.currency, mode, row.sales, row.refunds, row.consideration_cents),
            *(row.fees_cents, row.tax_cents),
        )
        for row in rows
    )


def _join_lines(text: str | None) -> str | None:
    return text and ", ".join(line.strip() for line in text.splitlines() if line.strip())


def _clean(text: str | None, field: str) -> str | None:
    return None if text is None else require_line(text, field, _EMPTY)


def _refuse(field: str, sentence: str) -> Invalid:
    return Invalid(details=[FieldError(field, sentence, "choice")])
