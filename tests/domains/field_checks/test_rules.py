"""ISRCs, UPCs and EANs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.domains.field_checks.rules import list_isrc_problems, list_upc_problems


@pytest.mark.parametrize(
    "text",
    ["USRC17607839", "US-RC1-76-07839", "usrc17607839", "QZES71982312", "GB-AYE-69-00531"],
)
def test_valid_isrcs_are_accepted(text: str) -> None:
    assert list_isrc_problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "USRC1760783",
        "USRC176078390",
        "1SRC17607839",
        "USRC1760783X",
        "USRC1X607839",
        "US_RC1_76_07839",
        "USR-C17-60-7839",
        "US--RC1-76-07839",
        "-USRC17607839",
        "USRC17607839-",
        " USRC17607839",
        "USRC17607839\n",
        "ISRC USRC17607839",
        "ÜSRC17607839",
        "USRC1760783９",
        "USRC\x0017607839",
    ],
)
def test_invalid_isrcs_are_refused(text: str) -> None:
    assert len(list_isrc_problems(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["036000291452", "042100005264", "725272730706", "000000000000", "4006381333931"],
)
def test_valid_upcs_and_eans_are_accepted(text: str) -> None:
    assert list_upc_problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "03600029145",
        "0-36000-29145-2",
        "03600029145X",
        " 036000291452",
        "036000291452\n",
        "40063813339311",
        "96385074",
        "٠٣٦٠٠٠٢٩١٤٥٢",
        "03600029145２",
    ],
)
def test_malformed_upcs_are_refused(text: str) -> None:
    assert list_upc_problems(text) == ["A UPC has 12 digits, an EAN has 13."]


def test_the_right_check_digit_is_told() -> None:
    assert list_upc_problems("036000291453") == [
        "The last digit has to be 2, as the others add up."
    ]


@given(st.from_regex(r"[0-9]{11,12}", fullmatch=True))
def test_exactly_one_check_digit_is_accepted(digits: str) -> None:
    if digits.isascii():
        assert sum(not list_upc_problems(f"{digits}{last}") for last in range(10)) == 1


@given(st.from_regex(r"[0-9]{11}", fullmatch=True), st.integers(0, 10), st.integers(1, 9))
def test_any_single_wrong_digit_is_detected(digits: str, place: int, more: int) -> None:
    right = next(
        f"{digits}{last}" for last in range(10) if not list_upc_problems(f"{digits}{last}")
    )
    wrong = f"{right[:place]}{(int(right[place]) + more) % 10}{right[place + 1 :]}"

    assert list_upc_problems(wrong)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_a_upc_is_an_ean_that_begins_with_zero(text: str) -> None:
    assert list_upc_problems(text) == list_upc_problems(f"0{text}")
