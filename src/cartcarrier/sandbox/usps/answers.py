"""Writing answers as USPS does: plain JSON, JSON with pictures in it, or several parts of a form (guide §4.4)."""

import json
from decimal import Decimal
from typing import Any, Final

import attrs

Node = dict[str, Any]

VENDOR_JSON: Final = "application/vnd.usps.labels+json"
BOUNDARY: Final = "---------------------------usps-sandbox-7d41b838504d8"


@attrs.frozen(kw_only=True)
class Answer:
    """An answer that is not plain JSON, or not a plain 200.

    Attributes:
        body: Its bytes.
        media_type: Their kind.
        status: The HTTP status.
        headers: To send along.
    """

    body: bytes
    media_type: str = "application/json"
    status: int = 200
    headers: dict[str, str] = attrs.Factory(dict)


@attrs.frozen(kw_only=True)
class Part:
    """One part of a form: metadata, or a picture.

    Attributes:
        name: ``labelMetadata``, ``labelImage`` …
        body: An object is written as JSON; text is a picture in base64.
        file_name: Of a picture.
        media_type: Of a picture.
    """

    name: str
    body: Node | str
    file_name: str = ""
    media_type: str = "application/json"


def to_bytes(node: object) -> bytes:
    """Write JSON; decimals become JSON numbers."""
    return json.dumps(node, default=_plain, ensure_ascii=False).encode()


def write_parts(parts: list[Part], accept: str, *, status: int = 200, flat: bool = True) -> Answer:
    """Write metadata and pictures in the form that the caller accepts.

    The vendor's media type gives one flat JSON object; ``application/json`` one object with a member for each part; anything
    else ``multipart/form-data``.

    Args:
        parts: The first is the metadata whose members come flat.
        accept: The request's ``Accept``.
        status: The HTTP status.
        flat: Whether the vendor's JSON is flat; that of reprints is not.
    """
    wanted = accept.lower()
    if VENDOR_JSON in wanted:
        made = _flat(parts) if flat else {part.name: part.body for part in parts}
        return Answer(body=to_bytes(made), media_type=VENDOR_JSON, status=status)
    if "application/json" in wanted:
        return Answer(body=to_bytes({part.name: part.body for part in parts}), status=status)
    return Answer(body=multipart(parts), media_type=f"multipart/form-data; boundary={BOUNDARY}", status=status)


def multipart(parts: list[Part]) -> bytes:
    """Write a form of several parts; pictures stay base64 text, whatever a reader may expect (guide §4.4)."""
    pieces: list[bytes] = []
    for part in parts:
        picture = isinstance(part.body, str)
        disposition = f'Content-Disposition: form-data; name="{part.name}"'
        if part.file_name:
            disposition += f'; filename="{part.file_name}"'
        data = part.body.encode() if isinstance(part.body, str) else to_bytes(part.body)
        head = f"--{BOUNDARY}\r\nContent-Type: {part.media_type}\r\n{disposition}\r\n"
        if picture:
            head += "Content-Transfer-Encoding: base64\r\n"
        pieces.append(head.encode() + b"\r\n" + data + b"\r\n")
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()


def _flat(parts: list[Part]) -> Node:
    made: Node = {}
    for part in parts:
        if part.name in {"labelMetadata", "SCANFormMetaData"} and isinstance(part.body, dict):
            made |= part.body
        elif part.name == "returnLabelMetadata" and isinstance(part.body, dict):
            made["returnLabel"] = dict(part.body)
        elif part.name in {"returnLabelImage", "returnReceiptImage"} and "returnLabel" in made:
            made["returnLabel"][part.name] = part.body
        else:
            made[part.name] = part.body
    return made


def _plain(value: object) -> float | int:
    if isinstance(value, Decimal):
        # JSON has one kind of number; two decimals come out as they went in.
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
