"""Signing keys, and the message signatures that EU and UK sellers' money calls need. Facts: field guide ebay.md §8."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from cartcarrier.sandbox.ebay._errors import EbayError
from cartcarrier.sandbox.ebay._world import Document, World

EU_AND_UK = "AT BE BG HR CY CZ DE DK EE ES FI FR GB GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
LAW = frozenset(EU_AND_UK.split())
THREE_YEARS = 3 * 365 * 86_400
# How far ``created`` may be from now is not documented: fifteen minutes either way are ours.
TOLERANCE_SECONDS = 900
NEEDED = ("x-ebay-signature-key", "@method", "@path", "@authority")
INPUT = re.compile(r"sig1=(\((?P<names>[^)]*)\);created=(?P<created>\d+)(?:;[^,]*)?)")
SIGNATURE = re.compile(r"sig1=:(?P<value>[A-Za-z0-9+/=]+):")


@attrs.frozen(kw_only=True)
class Message:
    """What is signed.

    Attributes:
        method: The HTTP method.
        paths: The path, in each form under which the caller may know it.
        authority: The host that was called.
        headers: The headers, names in lower case.
        body: The exact bytes.
    """

    method: str
    paths: tuple[str, ...]
    authority: str
    headers: Mapping[str, str]
    body: bytes


class SigningKeys:
    """The keyset's signing keys; a private key is told once and never kept.

    Args:
        world: The memory.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, cipher: object) -> Document:
        """Make a key, and return it with its private half.

        Raises:
            EbayError: 210001: no such cipher.
        """
        if cipher not in {"ED25519", "RSA"}:
            raise EbayError(210001, signingKeyCipher=cipher)
        secret = self._world.mint("signing key")
        private: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
        if cipher == "ED25519":
            private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
        else:
            private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        created = int(self._world.epoch())
        header = base64.urlsafe_b64encode(b'{"alg":"A256GCMKW","enc":"A256GCM","zip":"DEF"}').decode().rstrip("=")
        row: Document = {
            "signingKeyId": f"{secret[:8]}-{secret[8:12]}-{secret[12:16]}-{secret[16:20]}-{secret[20:32]}",
            "signingKeyCipher": cipher,
            "jwe": f"{header}.{self._world.mint('jwe')}.{secret[:16]}.{self._world.mint('jwe')}.{secret[:22]}",
            "publicKey": base64.b64encode(public).decode(),
            "creationTime": created,
            "expirationTime": created + THREE_YEARS,
        }
        self._world.put("signing_key", row["signingKeyId"], row)
        told = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return {**row, "privateKey": base64.b64encode(told).decode()}

    def get(self, key_id: str) -> Document:
        """Return a key, without its private half.

        Raises:
            EbayError: 210002: there is none.
        """
        row = self._world.get("signing_key", key_id)
        if row is None:
            raise EbayError(210002, signingKeyId=key_id)
        return {name: value for name, value in row.items() if name != "key"}

    def all(self) -> list[Document]:
        """Return every key, without their private halves."""
        return [self.get(row["key"]) for row in self._world.rows("signing_key")]

    def required(self, country: str) -> bool:
        """Whether a seller who lives there must sign; a switch can say otherwise."""
        switch = self._world.switch("signature_required")
        return country in LAW if switch is None else bool(switch)

    def check(self, message: Message) -> None:
        """Let a signed call through.

        Raises:
            EbayError: 215001: a header is missing; 215120: something does not fit.
        """
        for name in (
            "x-ebay-signature-key",
            "signature-input",
            "signature",
            *(("content-digest",) if message.body else ()),
        ):
            if name not in message.headers:
                raise EbayError(215001, header=name)
        if not self._fits(message):
            raise EbayError(215120)

    def _fits(self, message: Message) -> bool:
        """Whether the signature is one of our keys' over this very message, made just now."""
        jwe = message.headers["x-ebay-signature-key"]
        key = next((row for row in self._world.rows("signing_key") if row["jwe"] == jwe), None)
        said = INPUT.fullmatch(message.headers["signature-input"].strip())
        signed = SIGNATURE.fullmatch(message.headers["signature"].strip())
        if key is None or said is None or signed is None or key["expirationTime"] <= self._world.epoch():
            return False
        names = re.findall(r'"([^"]+)"', said["names"])
        needed = {*NEEDED, *(("content-digest",) if message.body else ())}
        if not needed <= set(names) or abs(int(said["created"]) - self._world.epoch()) > TOLERANCE_SECONDS:
            return False
        if message.body and message.headers["content-digest"] != content_digest(message.body):
            return False
        try:
            signature = base64.b64decode(signed["value"], validate=True)
        except binascii.Error:
            return False
        parameters = said[1]
        return any(
            _verify(key, signature, base.encode())
            for path in message.paths
            if (base := signature_base(message, path, names, parameters)) is not None
        )


def content_digest(body: bytes) -> str:
    """Return the header that says what the body is."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def signature_base(message: Message, path: str, names: Iterable[str], parameters: str) -> str | None:
    """Return the text that is signed, or ``None`` when it names a header that is not there."""
    derived = {"@method": message.method.upper(), "@path": path, "@authority": message.authority.lower()}
    lines: list[str] = []
    for name in names:
        value = derived.get(name, message.headers.get(name))
        if value is None:
            return None
        lines.append(f'"{name}": {value}')
    return "\n".join([*lines, f'"@signature-params": {parameters}'])


def _verify(key: Document, signature: bytes, base: bytes) -> bool:
    public = load_der_public_key(base64.b64decode(key["publicKey"]))
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, base)
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, base, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True
