"""The body of an upload: a form with a file in it (RFC 7578)."""

import hashlib
from collections.abc import Mapping


def form_body(
    fields: Mapping[str, bytes], *, file_field: str, file_name: str, content_type: str, data: bytes
) -> tuple[bytes, str]:
    """Return the body of a form, and its content type.

    The boundary is made from what is sent, so that the same upload has the same bytes.

    Args:
        fields: Plain fields, first.
        file_field: Name of the file's field.
        file_name: Name of the file; plain ASCII without quotes.
        content_type: The file's type.
        data: The file.
    """
    digest = hashlib.sha256()
    for name, value in fields.items():
        digest.update(name.encode() + b"\0" + value + b"\0")
    digest.update(data)
    boundary = f"cartcarrier-{digest.hexdigest()[:32]}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{file_field}"; filename="{file_name}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    body = b"".join(parts) + head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"
