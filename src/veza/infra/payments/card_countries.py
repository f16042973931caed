"""The country of a card's issuer, which card networks name in English, or by its code."""

import re

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


def read_card_country(method_data: object) -> str | None:
    """Return the country of the issuer of a card, as the data of a payment method names it."""
    card = method_data.get("card") if isinstance(method_data, dict) else None
    named = card.get("card_issuing_country") if isinstance(card, dict) else None
    if not isinstance(named, str):
        return None
    letters = re.sub("[^A-Z]", "", named.upper())
    return letters if _CODE.fullmatch(letters) else _CODES.get(letters)
