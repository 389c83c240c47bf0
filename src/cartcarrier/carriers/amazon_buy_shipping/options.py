"""What only Amazon's labels can be asked for."""

from typing import Any, Final

import attrs
import msgspec

from cartcarrier.errors import InvalidValueError

_LONGEST_NOTE: Final = 256


def _object(_: object, attribute: "attrs.Attribute[Any]", value: str | None) -> None:
    if value is None:
        return
    path = f"AmazonBuyShippingOptions.{attribute.name}"
    try:
        msgspec.json.decode(value, type=dict[str, Any])
    except (msgspec.MsgspecError, TypeError):
        raise InvalidValueError(f"{path} must be the text of a JSON object", field=path) from None


def _note(_: object, attribute: "attrs.Attribute[Any]", value: str | None) -> None:
    if value is not None and not 0 < len(value) <= _LONGEST_NOTE:
        path = f"AmazonBuyShippingOptions.{attribute.name}"
        raise InvalidValueError(f"{path} has room for {_LONGEST_NOTE} characters", field=path)


@attrs.frozen(kw_only=True)
class AmazonBuyShippingOptions:
    """Options for ``ShipmentOptions.carrier_options`` that only Amazon has.

    Attributes:
        value_added_services: Amazon's ids of services to buy with the label, as a rate offers them.
        dpi: Resolution of the label; ``None`` takes 203 where it is offered.
        page_layout: Where on the page the label stands, in Amazon's words; ``None`` takes the first that is offered.
        delivery_notes: For the driver at the door, up to 256 characters.
        with_additional_inputs: Return rates, too, that can only be bought with ``additional_inputs``.
        additional_inputs: What such a rate wants to know, as the text of a JSON object; its schema comes from
            ``AmazonBuyShippingCarrier.get_additional_inputs``.
    """

    value_added_services: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    dpi: int | None = None
    page_layout: str | None = None
    delivery_notes: str | None = attrs.field(default=None, validator=_note, repr=False)
    with_additional_inputs: bool = False
    additional_inputs: str | None = attrs.field(default=None, validator=_object, repr=False)
