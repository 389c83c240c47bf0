"""Global ids: ``gid://shopify/Order/123`` (field guide shopify.md §2.1)."""

import re
from collections.abc import Iterable
from typing import Final

from cartcarrier.errors import InvalidValueError

_GID: Final = re.compile(r"gid://shopify/(?P<kind>[A-Za-z]+)/(?P<number>[0-9A-Za-z-]+)(?:\?.*)?")
# One unified fulfillment may be several of Shopify's: one for each place, one for each parcel.
_SEPARATOR: Final = ","


def to_gid(kind: str, value: str | int) -> str | None:
    """Return the global id for what may be a global id or a bare number; ``None`` when it can be neither.

    Args:
        kind: ``"Order"``, ``"LineItem"`` and the like.
        value: As the caller has it, or as a webhook's payload has it.

    Raises:
        InvalidValueError: It is the global id of something else: an order's where a fulfillment's is due, say.
    """
    text = str(value).strip()
    if text.isascii() and text.isdigit():
        return f"gid://shopify/{kind}/{text}"
    found = _GID.fullmatch(text)
    if found is None:
        return None
    if found["kind"] != kind:
        msg = f"this is the id of a Shopify {found['kind']}, where the id of a {kind} is due"
        raise InvalidValueError(msg, field=f"{kind}.id")
    return text


def to_number(kind: str, gid: str) -> str | None:
    """Return the number in a global id of this kind; ``None`` when it is none."""
    prefix = f"gid://shopify/{kind}/"
    number = gid.removeprefix(prefix)
    return number if gid.startswith(prefix) and number.isascii() and number.isdigit() else None


def split_ids(value: str) -> tuple[str, ...]:
    """Return Shopify's ids out of the id of one unified fulfillment."""
    return tuple(part for part in value.split(_SEPARATOR) if part)


def join_ids(values: list[str]) -> str:
    """Return the id of one unified fulfillment that is several of Shopify's."""
    return _SEPARATOR.join(dict.fromkeys(values))


def location_gids(values: Iterable[str]) -> frozenset[str]:
    """Return the global ids of places, as the settings name them."""
    return frozenset(gid for value in values if (gid := to_gid("Location", value)) is not None)
