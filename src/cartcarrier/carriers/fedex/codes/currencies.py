"""Currencies: FedEx has codes of its own for some. Source: FedEx's reference tables, "Currency Codes"."""

from typing import Final

_TO_FEDEX: Final = {
    "AED": "DHS",
    "ARS": "ARN",
    "CHF": "SFR",
    "CLP": "CHP",
    "DOP": "RDD",
    "GBP": "UKL",
    "JMD": "JAD",
    "JPY": "JYE",
    "KRW": "WON",
    "KWD": "KUD",
    "KYD": "CID",
    "MXN": "NMP",
    "SGD": "SID",
    "TWD": "NTD",
    "XCD": "ECD",
}
_FROM_FEDEX: Final = {theirs: iso for iso, theirs in _TO_FEDEX.items()}


def to_fedex_currency(code: str) -> str:
    """Return FedEx's code of a currency, by ISO 4217's. In ``preferredCurrency`` alone FedEx takes ISO's."""
    return _TO_FEDEX.get(code, code)


def from_fedex_currency(code: str | None) -> str | None:
    """Return the ISO 4217 code of a currency, by FedEx's."""
    return None if code is None else _FROM_FEDEX.get(code, code)
