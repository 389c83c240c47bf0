"""The key that signs requests, where the law asks for signatures (field guide ebay.md §8)."""

import base64
import binascii
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs
import msgspec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


class _KeyAnswer(msgspec.Struct, rename="camel", frozen=True):
    """What ``createSigningKey`` answers; the private key is in that one answer only."""

    jwe: str
    private_key: str


@attrs.frozen
class SigningKey:
    """A private key, and what tells eBay which one it is.

    Attributes:
        jwe: The public key, wrapped by eBay; sent along.
        private: Ed25519 or RSA.
    """

    jwe: str = attrs.field(repr=False)
    private: "Ed25519PrivateKey | RSAPrivateKey" = attrs.field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of these bytes: plain Ed25519, or RSA with PKCS#1 v1.5 and SHA-256, never PSS."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - loads with the first signature
        from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415 - as above

        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(message)


@lru_cache(maxsize=64)
def read_signing_key(text: str) -> SigningKey | str:
    """Return the key that a text holds, or why it cannot be read, without a word of it.

    Args:
        text: eBay's answer to ``createSigningKey``, as JSON. The private key in it may be PEM or bare base64.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - for those who sign
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.serialization import load_der_private_key  # noqa: PLC0415 - as above

    try:
        answer = msgspec.json.decode(text.encode(), type=_KeyAnswer)
    except msgspec.MsgspecError:
        return "it is no JSON object with jwe and privateKey"
    lines = [line.strip() for line in answer.private_key.replace("\\n", "\n").splitlines()]
    body = "".join(line for line in lines if not line.startswith("-----"))
    try:
        private = load_der_private_key(base64.b64decode(body, validate=True), password=None)
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm):
        return "privateKey is no PKCS#8 key"
    if not isinstance(private, Ed25519PrivateKey | RSAPrivateKey):
        return "privateKey is neither Ed25519 nor RSA"
    if not answer.jwe.isascii() or not answer.jwe.strip():
        return "jwe is empty"
    return SigningKey(answer.jwe.strip(), private)
