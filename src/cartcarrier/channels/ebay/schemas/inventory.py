"""Stock and offers (Inventory API 1.18)."""

from cartcarrier.channels.ebay.schemas.base import ErrorDetail, Struct


class Sku(Struct, frozen=True):
    """An article that is asked for."""

    sku: str


class ItemsQuestion(Struct, frozen=True):
    """At most 25 articles."""

    requests: list[Sku]


class Duration(Struct, frozen=True):
    """How long a place needs."""

    unit: str
    value: int


class Distribution(Struct, frozen=True, omit_defaults=True):
    """What one place has."""

    merchant_location_key: str
    quantity: int = 0
    fulfillment_time: Duration | None = None


class ReadDistribution(Struct, frozen=True):
    """What one place has, as it is read; its members are all optional there."""

    merchant_location_key: str | None = None
    quantity: int | None = None
    fulfillment_time: Duration | None = None


class ReadAvailability(Struct, frozen=True):
    """What exists of an article."""

    quantity: int | None = None
    availability_distributions: list[ReadDistribution] | None = None


class Availability(Struct, frozen=True):
    """What exists of an article, by the way it reaches the buyer."""

    ship_to_location_availability: ReadAvailability | None = None


class InventoryItem(Struct, frozen=True):
    """An article that the Inventory API manages."""

    availability: Availability | None = None


class ItemAnswer(Struct, frozen=True):
    """What is known of one article."""

    status_code: int
    sku: str | None = None
    inventory_item: InventoryItem | None = None
    errors: list[ErrorDetail] | None = None


class ItemsAnswer(Struct, frozen=True):
    """What is known of several."""

    responses: list[ItemAnswer]


class Listing(Struct, frozen=True):
    """The listing that an offer was published as."""

    listing_id: str | None = None


class Offer(Struct, frozen=True):
    """What a marketplace may sell of an article."""

    offer_id: str
    status: str | None = None
    format: str | None = None
    available_quantity: int | None = None
    listing: Listing | None = None


class Offers(Struct, frozen=True):
    """The offers of one article."""

    offers: list[Offer]
    next: str | None = None


class NewAvailability(Struct, frozen=True, omit_defaults=True):
    """What shall exist of an article."""

    quantity: int | None = None
    availability_distributions: list[Distribution] | None = None


class OfferQuantity(Struct, frozen=True):
    """What an offer shall sell."""

    offer_id: str
    available_quantity: int


class PriceQuantity(Struct, frozen=True, omit_defaults=True):
    """The new quantities of one article; never its price."""

    sku: str
    ship_to_location_availability: NewAvailability
    offers: list[OfferQuantity] | None = None


class BulkPriceQuantity(Struct, frozen=True):
    """The new quantities of several."""

    requests: list[PriceQuantity]


class PriceQuantityAnswer(Struct, frozen=True):
    """What became of one quantity: of an offer, or of the article itself."""

    status_code: int | None = None
    sku: str | None = None
    offer_id: str | None = None
    errors: list[ErrorDetail] | None = None
    warnings: list[ErrorDetail] | None = None


class BulkPriceQuantityAnswer(Struct, frozen=True):
    """What became of several; the status of the whole says nothing about its members."""

    responses: list[PriceQuantityAnswer]
