"""The country of a card's issuer, which card networks name in English, or by its code."""

import re

import msgspec
from msgspec import Struct

_CODE = re.compile(r"[A-Z]{2}", re.ASCII)
# By their letters alone. Others are no proof of a place in the EU, so that nobody needs them.
_CODES = {
    "AUSTRIA": "AT",
    "BELGIUM": "BE",
    "BULGARIA": "BG",
    "CROATIA": "HR",
    "CYPRUS": "CY",
    "CZECHIA": "CZ",
    "CZECHREPUBLIC": "CZ",
    "DENMARK": "DK",
    "ESTONIA": "EE",
    "FINLAND": "FI",
    "FRANCE": "FR",
    "GERMANY": "DE",
    "GREECE": "GR",
    "HUNGARY": "HU",
    "IRELAND": "IE",
    "ITALY": "IT",
    "LATVIA": "LV",
    "LITHUANIA": "LT",
    "LUXEMBOURG": "LU",
    "MALTA": "MT",
    "MONACO": "MC",
    "NETHERLANDS": "NL",
    "NORWAY": "NO",
    "POLAND": "PL",
    "PORTUGAL": "PT",
    "ROMANIA": "RO",
    "SLOVAKIA": "SK",
    "SLOVENIA": "SI",
    "SPAIN": "ES",
    "SWEDEN": "SE",
    "SWITZERLAND": "CH",
    "UNITEDKINGDOM": "GB",
    "UNITEDSTATES": "US",
}


class _Card(Struct, frozen=True):
    card_issuing_country: str | None = None


class _MethodData(Struct, frozen=True):
    card: _Card | None = None


def read_card_country(method_data: object) -> str | None:
    """Return the country of the issuer of a card, as the data of a payment method names it."""
    try:
        card = msgspec.convert(method_data, _MethodData).card
    except msgspec.ValidationError:
        return None
    if card is None or card.card_issuing_country is None:
        return None
    letters = re.sub("[^A-Z]", "", card.card_issuing_country.upper())
    return letters if _CODE.fullmatch(letters) else _CODES.get(letters)
