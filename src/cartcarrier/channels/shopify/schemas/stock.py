"""Stock: articles with their levels, and what is told of them (field guide shopify.md §6, §12)."""

from cartcarrier.channels.shopify.schemas.base import PageInfo, Ref, Struct, UserError


class StockQuantity(Struct, frozen=True):
    """One of the quantities that Shopify keeps of an article at a place."""

    name: str
    quantity: int


class StockPlace(Struct, frozen=True):
    """A place that has stock."""

    id: str
    is_active: bool = True


class StockLevel(Struct, frozen=True):
    """How much of an article is at one place."""

    location: StockPlace
    quantities: tuple[StockQuantity, ...] = ()


class StockLevels(Struct, frozen=True):
    """A page of them."""

    page_info: PageInfo
    nodes: list[StockLevel]


class StockItem(Struct, frozen=True):
    """An article."""

    id: str
    tracked: bool
    inventory_levels: StockLevels
    sku: str | None = None
    duplicate_sku_count: int = 0


class StockItems(Struct, frozen=True):
    """A page of them."""

    page_info: PageInfo
    nodes: list[StockItem]


class StockItemsData(Struct, frozen=True):
    """Answer to ``inventory_items``."""

    inventory_items: StockItems


class StockItemPart(Struct, frozen=True):
    """One more page of the levels of an article."""

    inventory_levels: StockLevels


class StockItemPartData(Struct, frozen=True):
    """Answer to ``inventory_item_levels``."""

    inventory_item: StockItemPart | None


class InventorySetPayload(Struct, frozen=True):
    """What ``inventorySetQuantities`` answers."""

    user_errors: list[UserError]
    inventory_adjustment_group: Ref | None = None


class InventorySetData(Struct, frozen=True):
    """Answer to ``inventory_set``."""

    inventory_set_quantities: InventorySetPayload | None


class InventoryActivatePayload(Struct, frozen=True):
    """What ``inventoryActivate`` answers."""

    user_errors: list[UserError]
    inventory_level: Ref | None = None


class InventoryActivateData(Struct, frozen=True):
    """Answer to ``inventory_activate``."""

    inventory_activate: InventoryActivatePayload | None


class QuantityInput(Struct, frozen=True):
    """One level to set. What it is set from is always sent: left out, the whole call is refused (pitfall 18)."""

    inventory_item_id: str
    location_id: str
    quantity: int
    change_from_quantity: int | None


class InventorySetInput(Struct, frozen=True):
    """What ``inventorySetQuantities`` is told."""

    name: str
    reason: str
    reference_document_uri: str
    quantities: list[QuantityInput]
