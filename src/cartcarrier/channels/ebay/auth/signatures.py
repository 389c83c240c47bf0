"""Digital signatures of requests, which the law asks of sellers of the EU and the United Kingdom (field guide ebay.md §8)."""

import base64
import hashlib
from typing import Final
from urllib.parse import urlsplit

from cartcarrier.channels.ebay.config import SigningKey

KEY_HEADER: Final = "x-ebay-signature-key"


def signature_headers(key: SigningKey, *, method: str, url: str, content: bytes | None, created: int) -> dict[str, str]:
    """Return the header fields of a signed request. Made anew for each try: eBay refuses old ones.

    Args:
        key: What to sign with.
        method: In capitals.
        url: The whole address that is really called; its query is not signed.
        content: The body, byte for byte as it is sent.
        created: Seconds since 1970.
    """
    parts = urlsplit(url)
    covered: list[tuple[str, str]] = [(KEY_HEADER, key.jwe), ("@method", method)]
    covered += [("@path", parts.path), ("@authority", parts.netloc.lower())]
    headers = {KEY_HEADER: key.jwe}
    if content:
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"
        headers["Content-Digest"] = digest
        covered.insert(0, ("content-digest", digest))
    names = " ".join(f'"{name}"' for name, _ in covered)
    parameters = f"({names});created={created}"
    lines = [f'"{name}": {value}' for name, value in covered]
    base = "\n".join([*lines, f'"@signature-params": {parameters}'])
    signature = base64.b64encode(key.sign(base.encode())).decode()
    return {**headers, "Signature-Input": f"sig1={parameters}", "Signature": f"sig1=:{signature}:"}
