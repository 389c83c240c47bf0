"""What makes two calls the same shipment: a hash of parcels, options and explicit rate, not of prices or default dates."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.fulfillment._reports import ShipPlan


def fingerprint(plan: ShipPlan) -> str:
    """Return the hash that the ledger compares when a key is used again.

    An explicit rate counts by carrier and service; its price, token and end do not. Neither does the chooser, nor the order:
    whether that has changed is asked apart.
    """
    said = {
        "parcels": _plain(plan.parcels),
        "options": _plain(plan.options),
        "rate": None if plan.rate is None else [plan.rate.carrier, plan.rate.service.code],
        "customs": _plain(plan.customs),
        "ship_date": _plain(plan.ship_date),
        "replacement": plan.replacement,
        "location_id": plan.location_id,
    }
    if plan.is_return:
        said["return"] = {"return_to": _plain(plan.return_to), "come_from": _plain(plan.come_from)}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:  # noqa: PLR0911 - one line a kind reads best
    """Return plain values that do not change with how a number is written, nor when a model gains a field."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        # 1, 1.0 and 1E+0 are one weight
        return format(value.normalize(), "f")
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    kind: type[Any] = type(value)
    if attrs.has(kind):
        fields = attrs.fields(kind)
        found = {field.name: getattr(value, field.name) for field in fields if field.eq}
        said = {field.name: field.default for field in fields}
        return {name: _plain(part) for name, part in found.items() if part is not None and part != said[name]}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(json.dumps(_plain(part), sort_keys=True) for part in value)
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    msg = f"options.carrier_options holds a {type(value).__name__}, which cannot be told apart from another one"
    raise InvalidValueError(msg, field="options.carrier_options")
