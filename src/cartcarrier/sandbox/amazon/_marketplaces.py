"""Regions, their hosts, and the marketplaces in which the seeded seller sells.

Facts: field guide amazon.md §1.1 and §1.2.
"""

from typing import Final

import attrs

REGIONS: Final = ("na", "eu", "fe")
TOKEN_HOST: Final = "api.amazon.com"  # noqa: S105 - a host
UPLOAD_HOST: Final = "tortuga-prod-{region}.s3.amazonaws.com"
API_HOSTS: Final = {f"sellingpartnerapi-{region}.amazon.com": region for region in REGIONS}
SANDBOX_HOSTS: Final = {f"sandbox.{host}": region for host, region in API_HOSTS.items()}


@attrs.frozen(kw_only=True)
class Marketplace:
    """One of Amazon's shops.

    Attributes:
        id: Amazon's id of it.
        code: The country, as ISO writes it.
        region: Under which host it answers.
        currency: What its prices are in.
        language: Its first language.
        domain: Its address.
        channel: The fulfillment channel code of Amazon's own stock there.
    """

    id: str
    code: str
    region: str
    currency: str
    language: str
    domain: str
    channel: str


def _make(id_: str, code: str, region: str, currency: str, language: str, domain: str, channel: str) -> Marketplace:  # noqa: PLR0917 - one row of a table
    return Marketplace(
        id=id_, code=code, region=region, currency=currency, language=language, domain=domain, channel=channel
    )


MARKETPLACES: Final = {
    row.id: row
    for row in (
        _make("ATVPDKIKX0DER", "US", "na", "USD", "en_US", "www.amazon.com", "AMAZON_NA"),
        _make("A2EUQ1WTGCTBG2", "CA", "na", "CAD", "en_CA", "www.amazon.ca", "AMAZON_NA"),
        _make("A1AM78C64UM0Y8", "MX", "na", "MXN", "es_MX", "www.amazon.com.mx", "AMAZON_NA"),
        _make("A1F83G8C2ARO7P", "GB", "eu", "GBP", "en_GB", "www.amazon.co.uk", "AMAZON_EU"),
        _make("A1PA6795UKMFR9", "DE", "eu", "EUR", "de_DE", "www.amazon.de", "AMAZON_EU"),
        _make("A13V1IB3VIYZZH", "FR", "eu", "EUR", "fr_FR", "www.amazon.fr", "AMAZON_EU"),
        _make("APJ6JRA9NG5V4", "IT", "eu", "EUR", "it_IT", "www.amazon.it", "AMAZON_EU"),
        _make("A1RKKUPIHCS9HS", "ES", "eu", "EUR", "es_ES", "www.amazon.es", "AMAZON_EU"),
        _make("A1VC38T7YXB528", "JP", "fe", "JPY", "ja_JP", "www.amazon.co.jp", "AMAZON_JP"),
        _make("A39IBJ37TRP1C6", "AU", "fe", "AUD", "en_AU", "www.amazon.com.au", "AMAZON_AU"),
    )
}


def find_marketplace(name: str) -> Marketplace | None:
    """Find a marketplace by its id or its country; ``UK`` is Great Britain, as on Amazon's own page."""
    if name in MARKETPLACES:
        return MARKETPLACES[name]
    code = "GB" if name.upper() == "UK" else name.upper()
    return next((row for row in MARKETPLACES.values() if row.code == code), None)


def of_region(region: str) -> list[Marketplace]:
    """Return the seller's marketplaces under one host."""
    return [row for row in MARKETPLACES.values() if row.region == region]
