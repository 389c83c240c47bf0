"""The settings of one seller whose FBA stock ships orders from elsewhere."""

from typing import Any, Final

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.platforms.amazon import AmazonAccount

CURRENT: Final = "2020-07-01"
SUCCESSOR: Final = "2026-07-04"
STANDARD: Final = "Standard"
SPEEDS: Final = (STANDARD, "Expedited", "Priority")
"""Speeds that can be asked for; ``ScheduledDelivery`` (Japan) needs a delivery window, which orders here do not have."""
POLICIES: Final = ("FillOrKill", "FillAll", "FillAllAvailable")
_LONGEST_COMMENT: Final = 750


def _refuse(name: str, why: str) -> InvalidValueError:
    path = f"AmazonMCFConfig.{name}"
    return InvalidValueError(f"{path} {why}", field=path)


def _one_of(*choices: str) -> Any:  # noqa: ANN401 - a validator of attrs
    def check(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if value not in choices:
            raise _refuse(attribute.name, f"must be one of {', '.join(choices)}")

    return check


def _flag(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, bool):
        raise _refuse(attribute.name, f"must be true or false, not {type(value).__name__}")


def _comment(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _LONGEST_COMMENT:
        raise _refuse(attribute.name, f"must be a text of 1 to {_LONGEST_COMMENT} characters")


@attrs.frozen(kw_only=True)
class AmazonMCFConfig(AmazonAccount):
    """The settings of one seller whose FBA stock ships orders from elsewhere; those of every Amazon driver, and these.

    Attributes:
        api_version: Of Fulfillment Outbound: ``"2020-07-01"``. Its successor ``"2026-07-04"`` is not implemented.
        shipping_speed: ``"Standard"``, ``"Expedited"`` or ``"Priority"``, where the caller names none.
        fulfillment_policy: ``"FillOrKill"`` ships all of an order or nothing; ``"FillAll"`` and ``"FillAllAvailable"`` ship in part.
        comment: What the packing slip says.
        notify_buyer: Let Amazon write to the buyer's e-mail address when the order ships.
        blank_box: Only a box without Amazon's brand; the order is refused where there is none.
        block_amazon_logistics: Never by Amazon's own fleet. It costs a surcharge, and can delay.
        overbox: Always in a box around the product's own.
        packing_slip: Only with a packing slip.
        signature_confirmation: The recipient must sign; US only, for a fee.
    """

    api_version: str = attrs.field(default=CURRENT, validator=_one_of(CURRENT, SUCCESSOR))
    shipping_speed: str = attrs.field(default=STANDARD, validator=_one_of(*SPEEDS))
    fulfillment_policy: str = attrs.field(default=POLICIES[0], validator=_one_of(*POLICIES))
    comment: str = attrs.field(default="Thank you for your order!", validator=_comment)
    notify_buyer: bool = attrs.field(default=False, validator=_flag)
    blank_box: bool = attrs.field(default=False, validator=_flag)
    block_amazon_logistics: bool = attrs.field(default=False, validator=_flag)
    overbox: bool = attrs.field(default=False, validator=_flag)
    packing_slip: bool = attrs.field(default=False, validator=_flag)
    signature_confirmation: bool = attrs.field(default=False, validator=_flag)

    @property
    def features(self) -> tuple[str, ...]:
        """Amazon's names of the features that are demanded (field guide amazon.md §5.1)."""
        wanted = {
            "BLANK_BOX": self.blank_box,
            "BLOCK_AMZL": self.block_amazon_logistics,
            "OVERBOX": self.overbox,
            "PACKING_SLIP": self.packing_slip,
            "SIGNATURE_CONFIRMATION": self.signature_confirmation,
        }
        return tuple(name for name, is_wanted in wanted.items() if is_wanted)
