"""An answer in several parts, read with a MIME parser.

USPS answers labels and forms so unless it is asked for one JSON document. Parts are told by name or by type, not by order; bodies
start with or without an empty line; pictures are base64 whatever their header says (field guide usps.md §4.4).
"""

from typing import Final

_FORM: Final = "multipart/"


def is_multipart(content_type: str | None) -> bool:
    """Whether an answer has several parts."""
    return (content_type or "").strip().lower().startswith(_FORM)


def read_parts(content: bytes, content_type: str) -> dict[str, bytes] | None:
    """Return the parts by their names: the first JSON one as ``json``, pictures as base64.

    Args:
        content: The body.
        content_type: The header, which has the boundary.

    Returns:
        ``None`` when it cannot be read, or has no JSON part.
    """
    from email.parser import BytesParser  # noqa: PLC0415 - not light, and hardly ever needed
    from email.policy import HTTP  # noqa: PLC0415 - as above

    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + content.lstrip(b"\r\n"))
    if not message.is_multipart():
        return None
    parts: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", "", header="content-disposition") or "")
        # not decoded: what the transfer encoding says is not true
        raw = part.get_payload(decode=False)
        data = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""
        first = part.get_content_type() == "application/json" and "json" not in parts
        parts["json" if first else name] = data
    return parts if "json" in parts else None
