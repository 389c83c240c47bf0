"""The envelope of Amazon's notifications, in both of its spellings (field guide amazon.md §7.3)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import attrs
import msgspec

REMOVED_TYPES: Final = frozenset({"ORDER_STATUS_CHANGE", "MFN_ORDER_STATUS_CHANGE"})
"""Types that no longer exist; ``ORDER_CHANGE`` says what they said (§8, pitfall 31)."""

_DECODER: Final = msgspec.json.Decoder(dict[str, Any])


@attrs.frozen(kw_only=True)
class Notification:
    """One notification. Old types are written ``NotificationType``, new ones ``notificationType``; here they are the same.

    Attributes:
        type: Amazon's name of it, ``"ORDER_CHANGE"``.
        id: The same for every delivery of it.
        event_time: When it happened.
        seller_id: Whose it is, where it says so.
        payload: Its content, without the wrapping that some types have, in either spelling: read it with ``field``.
    """

    type: str
    id: str
    event_time: datetime | None
    seller_id: str | None
    payload: Mapping[str, Any] = attrs.field(repr=False, eq=False)

    def field(self, *names: str) -> Any:  # noqa: ANN401 - any JSON
        """Return a value by its path in the payload, whatever the spelling; ``None`` where it is missing."""
        return find(self.payload, *names)


def find(node: object, *names: str) -> Any:  # noqa: ANN401 - any JSON
    """Return a value by its path, whatever the case of its names; ``None`` where there is none."""
    for name in names:
        if not isinstance(node, Mapping):
            return None
        wanted = name.lower()
        node = next((value for key, value in node.items() if str(key).lower() == wanted), None)
    return node


def read_notification(body: bytes) -> Notification:
    """Read a message of the queue: bare, or inside EventBridge's envelope.

    Args:
        body: The message's body, as the queue handed it out.

    Raises:
        ValueError: It is no notification of Amazon's; the message of the error quotes nothing of it.
    """
    try:
        document: object = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ValueError("it is not a JSON object") from None
    detail = find(document, "detail")
    if isinstance(detail, Mapping):
        document = detail
    kind, identity = find(document, "NotificationType"), find(document, "NotificationMetadata", "NotificationId")
    if not isinstance(kind, str) or not kind or not isinstance(identity, str) or not identity:
        raise ValueError("it has no type or no id")
    payload = find(document, "Payload")
    if not isinstance(payload, Mapping):
        raise ValueError("it has no payload")  # noqa: TRY004 - the content is wrong, not the caller's argument
    # Some types wrap their content in one more object of their own name.
    if len(payload) == 1:
        (inner,) = payload.values()
        payload = inner if isinstance(inner, Mapping) else payload
    seller = find(payload, "SellerId")
    return Notification(
        type=kind,
        id=identity,
        event_time=moment(find(document, "EventTime")),
        seller_id=seller if isinstance(seller, str) and seller else None,
        payload=payload,
    )


def moment(value: object) -> datetime | None:
    """Read a time of Amazon's; ``None`` for what is none."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
