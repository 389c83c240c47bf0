"""The settings that every Amazon driver needs."""

from typing import Any

import attrs

from cartcarrier.errors import ConfigurationError, InvalidValueError
from cartcarrier.platforms.amazon.marketplaces import MARKETPLACES, REGIONS, find_marketplace


def _path(instance: object, name: str) -> str:
    return f"{type(instance).__name__}.{name}"


def refuse(instance: object, name: str, why: str) -> InvalidValueError:
    """Return the error that names a setting, never its value: it may be a secret."""
    path = _path(instance, name)
    return InvalidValueError(f"{path} {why}", field=path)


def filled(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand a text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise refuse(instance, attribute.name, "must be a text that is not empty")


def filled_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """Demand a text that is not blank, or ``None``."""
    if value is not None:
        filled(instance, attribute, value)


def _to_ids(value: object) -> tuple[object, ...]:
    # One text alone is meant as one element, not as its letters; a country is as good as an id.
    items: tuple[object, ...] = (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]  # checked below
    found = (find_marketplace(item) if isinstance(item, str) else None for item in items)
    return tuple(market.id if market is not None else item for item, market in zip(items, found, strict=True))


def _ids(instance: object, attribute: "attrs.Attribute[Any]", value: tuple[object, ...]) -> None:
    if not value or not all(isinstance(item, str) and item.strip() for item in value):
        raise refuse(
            instance, attribute.name, "must hold at least one marketplace id, such as 'ATVPDKIKX0DER', or a country"
        )
    if len(set(value)) != len(value):
        raise refuse(instance, attribute.name, "names a marketplace twice")


def _to_region(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _region(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value not in REGIONS:
        raise refuse(instance, attribute.name, f"must be one of {', '.join(REGIONS)}")


@attrs.frozen(kw_only=True)
class AmazonAccount:
    """One seller in one region, and the application that acts for them.

    Attributes:
        client_id: Of the application.
        client_secret: Of the application. Amazon lets it expire 180 days after it was made.
        refresh_token: What the seller's authorization gave, in this region; only to connect a seller it may be left out.
        seller_id: Amazon's identity of the seller (the merchant token).
        marketplace_ids: Where the seller sells, ids or countries; the first is used where Amazon takes only one.
        region: ``"na"``, ``"eu"`` or ``"fe"``.
        sandbox: Talk to Amazon's sandbox, which answers with canned examples.
    """

    client_id: str = attrs.field(validator=filled)
    client_secret: str = attrs.field(repr=False, validator=filled)
    refresh_token: str | None = attrs.field(default=None, repr=False, validator=filled_or_none)
    seller_id: str | None = attrs.field(default=None, validator=filled_or_none)
    marketplace_ids: tuple[str, ...] = attrs.field(converter=_to_ids, validator=_ids)
    region: str = attrs.field(converter=_to_region, validator=_region)
    sandbox: bool = attrs.field(default=False, validator=attrs.validators.instance_of(bool))

    def __attrs_post_init__(self) -> None:
        for market_id in self.marketplace_ids:
            market = MARKETPLACES.get(market_id)
            if market is not None and market.region != self.region:
                why = f"has {market.country_code}, which is in the region {market.region!r}, not {self.region!r}"
                raise refuse(self, "marketplace_ids", why)

    @property
    def base_url(self) -> str:
        """Where the region's API is."""
        region = REGIONS[self.region]
        return region.sandbox if self.sandbox else region.production

    def the_seller(self, driver: str) -> str:
        """Return the seller's id.

        Args:
            driver: For the error.

        Raises:
            ConfigurationError: It was not given.
        """
        if self.seller_id is None:
            raise ConfigurationError(
                f"{driver}: this needs the setting 'seller_id'; nothing was sent", field="seller_id"
            )
        return self.seller_id
