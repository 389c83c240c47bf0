"""Idempotency keys: the one thing that only USPS has (field guide usps.md §0.1, §9).

A key that comes again with the same payload gives the label of the first time, and nothing is charged. With another payload
USPS's description says nothing; the simulator refuses, since anything else would hide a client's mistake. How long keys are kept
is not documented: the switch ``key_lifetime_seconds`` says it, a day by default.
"""

import hashlib
import json
from datetime import datetime, timedelta

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Node, to_bytes
from cartcarrier.sandbox.usps.errors import ShapeError, USPSError
from cartcarrier.sandbox.usps.label_shapes import IDEMPOTENCY_KEY

NOT_FOUND = ("160185", "Order not found", "X-Idempotency-Key")


def fingerprint(path: str, body: Node) -> str:
    """Return what is compared of a request: where it went, and its members, in whatever order they came."""
    plain = json.loads(to_bytes(body))
    text = json.dumps([path, plain], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_form(key: str) -> None:
    """Refuse a key that is no UUID.

    Raises:
        ShapeError: It is not.
    """
    try:
        IDEMPOTENCY_KEY(key, "/X-Idempotency-Key")
    except ShapeError:
        raise ShapeError("Header 'X-Idempotency-Key' is not a valid uuid", "/X-Idempotency-Key") from None


def find(world: World, key: str) -> Document | None:
    """Return what is kept under a key, while it lives."""
    kept = world.store.get("keys", key.lower())
    if kept is None:
        return None
    lifetime = timedelta(seconds=float(world.switch("key_lifetime_seconds")))
    return kept if world.now() < datetime.fromisoformat(kept["at"]) + lifetime else None


def repeated(world: World, key: str | None, print_: str) -> Document | None:
    """Return the label that was bought under a key; ``None`` when it is new, or there is none.

    Raises:
        ShapeError: The key is no UUID.
        USPSError: 400 for a key that was used with another payload, 160186 when its label is cancelled.
    """
    if key is None:
        return None
    check_form(key)
    kept = find(world, key)
    if kept is None:
        return None
    if kept["fingerprint"] != print_:
        raise USPSError(
            "",
            "The X-Idempotency-Key was used with another request payload; use a new key for a new label.",
            "X-Idempotency-Key",
        )
    label = world.label(kept["number"])
    if label is not None and label["status"] != "ACTIVE":
        raise USPSError("160186", "Order already canceled", "X-Idempotency-Key")
    count_repeat(world, key)
    return label


def keep(world: World, key: str | None, print_: str, number: str) -> None:
    """Remember under which key a label was bought; purchases under one key are counted for good."""
    if key is None:
        return
    name = key.lower()
    world.store.put("keys", name, {"fingerprint": print_, "number": number, "at": world.now().isoformat()})
    entry = world.store.get("purchases", name) or {"key": name, "numbers": [], "repeats": 0}
    entry["numbers"].append(number)
    world.store.put("purchases", name, entry)


def count_repeat(world: World, key: str) -> None:
    """Count an answer that was given again."""
    entry = world.store.get("purchases", key.lower())
    if entry is not None:
        entry["repeats"] += 1
        world.store.put("purchases", key.lower(), entry)


def label_of(world: World, key: str, not_found: tuple[str, str, str]) -> Document:
    """Return the label that was bought under a key.

    Raises:
        ShapeError: The key is no UUID.
        USPSError: There is none.
    """
    check_form(key)
    kept = find(world, key)
    label = world.label(kept["number"]) if kept is not None else None
    if label is None:
        raise USPSError(*not_found)
    return label
