"""The numbers that recordings and releases go by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.domains.auth.validation.rules import isrc_faults, upc_faults


@pytest.mark.parametrize(
    "text",
    ["USRC17607839", "US-RC1-76-07839", "usrc17607839", "QZES71982312", "GB-AYE-69-00531"],
)
def test_these_are_isrcs(text: str) -> None:
    assert isrc_faults(text) == []


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
def test_these_are_none(text: str) -> None:
    assert len(isrc_faults(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["036000291452", "042100005264", "725272730706", "000000000000", "4006381333931"],
)
def test_these_are_upcs_and_eans(text: str) -> None:
    assert upc_faults(text) == []


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
def test_these_have_another_shape(text: str) -> None:
    assert upc_faults(text) == ["A UPC has 12 digits, an EAN has 13."]


def test_the_right_check_digit_is_told() -> None:
    assert upc_faults("036000291453") == ["The last digit has to be 2, as the others add up."]


@given(st.from_regex(r"[0-9]{11,12}", fullmatch=True))
def test_of_ten_last_digits_one_is_right(digits: str) -> None:
    if digits.isascii():
        assert sum(not upc_faults(f"{digits}{last}") for last in range(10)) == 1


@given(st.from_regex(r"[0-9]{11}", fullmatch=True), st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(digits: str, place: int, more: int) -> None:
    right = next(f"{digits}{last}" for last in range(10) if not upc_faults(f"{digits}{last}"))
    wrong = f"{right[:place]}{(int(right[place]) + more) % 10}{right[place + 1 :]}"

    assert upc_faults(wrong)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_a_upc_is_an_ean_that_begins_with_zero(text: str) -> None:
    assert upc_faults(text) == upc_faults(f"0{text}")
