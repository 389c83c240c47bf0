"""Regions and marketplaces. The table is data: a marketplace that it does not know passes through (field guide amazon.md §1)."""

from typing import Final

import attrs


@attrs.frozen(kw_only=True)
class Region:
    """One of Amazon's three regions. A seller authorizes an application in each.

    Attributes:
        name: ``"na"``, ``"eu"`` or ``"fe"``.
        production: Base address.
        sandbox: Base address of Amazon's own sandbox.
    """

    name: str
    production: str
    sandbox: str


def _region(name: str) -> Region:
    # Field guide amazon.md §1.1.
    return Region(
        name=name,
        production=f"https://sellingpartnerapi-{name}.amazon.com",
        sandbox=f"https://sandbox.sellingpartnerapi-{name}.amazon.com",
    )


REGIONS: Final = {name: _region(name) for name in ("na", "eu", "fe")}
"""By name."""


@attrs.frozen(kw_only=True)
class Marketplace:
    """Where something is sold.

    Attributes:
        id: Amazon's identity of it.
        country_code: ISO 3166-1 alpha-2.
        region: Its region's name.
        seller_central: The host of the page on which a seller authorizes an application.
    """

    id: str
    country_code: str
    region: str
    seller_central: str


_EUROPE: Final = "sellercentral-europe.amazon.com"
# Field guide amazon.md §1.2. The addresses of Seller Central are Amazon's published list of them; the guide has none.
_ROWS: Final = (
    ("A2EUQ1WTGCTBG2", "CA", "na", "sellercentral.amazon.ca"),
    ("ATVPDKIKX0DER", "US", "na", "sellercentral.amazon.com"),
    ("A1AM78C64UM0Y8", "MX", "na", "sellercentral.amazon.com.mx"),
    ("A2Q3Y263D00KWC", "BR", "na", "sellercentral.amazon.com.br"),
    ("A28R8C7NBKEWEA", "IE", "eu", "sellercentral.amazon.ie"),
    ("A1RKKUPIHCS9HS", "ES", "eu", _EUROPE),
    ("A1F83G8C2ARO7P", "GB", "eu", _EUROPE),
    ("A13V1IB3VIYZZH", "FR", "eu", _EUROPE),
    ("AMEN7PMS3EDWL", "BE", "eu", "sellercentral.amazon.com.be"),
    ("A1805IZSGTT6HS", "NL", "eu", "sellercentral.amazon.nl"),
    ("A1PA6795UKMFR9", "DE", "eu", _EUROPE),
    ("APJ6JRA9NG5V4", "IT", "eu", _EUROPE),
    ("A2NODRKZP88ZB9", "SE", "eu", "sellercentral.amazon.se"),
    ("AE08WJ6YKNBMC", "ZA", "eu", "sellercentral.amazon.co.za"),
    ("A1C3SOZRARQ6R3", "PL", "eu", "sellercentral.amazon.pl"),
    ("ARBP9OOSHTCHU", "EG", "eu", "sellercentral.amazon.eg"),
    ("A33AVAJ2PDY3EV", "TR", "eu", "sellercentral.amazon.com.tr"),
    ("A17E79C6D8DWNP", "SA", "eu", "sellercentral.amazon.sa"),
    ("A2VIGQ35RCS4UG", "AE", "eu", "sellercentral.amazon.ae"),
    ("A21TJRUUN4KGV", "IN", "eu", "sellercentral.amazon.in"),
    ("A19VAU5U5O7RUS", "SG", "fe", "sellercentral.amazon.sg"),
    ("A39IBJ37TRP1C6", "AU", "fe", "sellercentral.amazon.com.au"),
    ("A1VC38T7YXB528", "JP", "fe", "sellercentral.amazon.co.jp"),
)

MARKETPLACES: Final = {
    row[0]: Marketplace(id=row[0], country_code=row[1], region=row[2], seller_central=row[3]) for row in _ROWS
}
"""By id."""

_BY_COUNTRY: Final = {market.country_code: market for market in MARKETPLACES.values()}


def find_marketplace(text: str) -> Marketplace | None:
    """Return a marketplace by its id or its country; ``UK``, as Amazon writes it, is the United Kingdom too.

    Args:
        text: ``"A1F83G8C2ARO7P"``, ``"GB"`` or ``"UK"``.

    Returns:
        ``None`` for one that the table does not know: new ones appear, and orders from outside Amazon have ids of their own.
    """
    country = text.upper()
    return MARKETPLACES.get(text) or _BY_COUNTRY.get("GB" if country == "UK" else country)
