"""Tokens, consent, signatures."""

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cartcarrier.channels.ebay.auth import decoded_code, signature_headers
from cartcarrier.channels.ebay.config import read_signing_key
from cartcarrier.channels.ebay.config.keys import SigningKey
from cartcarrier.errors import AuthenticationError, ConfigurationError, PermissionDeniedError, ResponseError
from cartcarrier.http import ReceivedRequest
from tests.unit.channels.ebay.fakes import (
    CANCELLATIONS,
    ORDER,
    ORDER_ID,
    TOKEN_PATH,
    Answer,
    Ebay,
    answer,
    order,
    refusal,
)

pytestmark = pytest.mark.anyio
JWE = "eyJ6aXAiOiJERUYiLCJhbGci.jwe"
DER = (Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_text(private: Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, **changes: object) -> str:
    """Return what createSigningKey answers."""
    content = base64.b64encode(private.private_bytes(*DER)).decode()
    return json.dumps({"signingKeyId": "1", "jwe": JWE, "privateKey": content, "publicKey": "x", **changes})


def signing_key(private: Ed25519PrivateKey | rsa.RSAPrivateKey) -> SigningKey:
    key = read_signing_key(key_text(private))
    assert isinstance(key, SigningKey)
    return key


def base_string(request: ReceivedRequest) -> bytes:
    """Return what must have been signed, worked out from what arrived."""
    parameters = request.headers["signature-input"].removeprefix("sig1=")
    names = parameters.partition("(")[2].partition(")")[0].replace('"', "").split()
    parts = urlsplit(request.url)
    derived = {"@method": request.method, "@path": parts.path, "@authority": parts.netloc}
    lines = [f'"{name}": {derived.get(name) or request.headers[name]}' for name in names]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def signature(request: ReceivedRequest) -> bytes:
    return base64.b64decode(request.headers["signature"].removeprefix("sig1=").strip(":"))


@pytest.fixture
def cancellable(ebay: Ebay) -> Ebay:
    """An eBay with an order that can be cancelled."""
    ebay.on("GET", ORDER, answer(200, order()))
    ebay.on("POST", CANCELLATIONS, answer(200, {"cancelId": "5001"}))
    return ebay


async def test_seller_calls_carry_the_sellers_token(ebay: Ebay) -> None:
    """The marketplace is said, too: missing, it means the US."""
    ebay.on("GET", ORDER, answer(200, order()))
    await ebay.channel(marketplace_id="EBAY_DE").get_order(ORDER_ID)
    (request,) = ebay.sent()
    assert request.headers["authorization"] == "Bearer user-token-1"
    assert request.headers["x-ebay-c-marketplace-id"] == "EBAY_DE"


async def test_post_order_has_a_scheme_of_its_own(cancellable: Ebay) -> None:
    """Post-Order is older than OAuth at eBay."""
    await cancellable.channel().cancel_order(ORDER_ID)
    assert cancellable.sent("POST")[0].headers["authorization"] == "IAF user-token-1"


async def test_refused_token_of_post_order_is_renewed_once(cancellable: Ebay) -> None:
    """The other scheme must not hide which token was refused."""
    cancellable.on("POST", CANCELLATIONS, refusal(401, 1001), answer(200, {"cancelId": "5001"}))
    await cancellable.channel().cancel_order(ORDER_ID)
    assert [request.headers["authorization"] for request in cancellable.sent("POST")] == [
        "IAF user-token-1",
        "IAF user-token-2",
    ]


async def test_refresh_asks_for_all_that_was_consented(ebay: Ebay) -> None:
    """A scope that the consent lacks would be an error, and a part of them a loss."""
    ebay.on("GET", ORDER, answer(200, order()))
    await ebay.channel().get_order(ORDER_ID)
    (request,) = [one for one in ebay.transport.requests if one.path == TOKEN_PATH]
    fields = parse_qs(request.content.decode())
    assert fields == {"grant_type": ["refresh_token"], "refresh_token": ["v^1.1#i^1#refresh"]}
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"ACME-Ship-PRD-1:PRD-not-a-secret").decode()


async def test_revoked_consent_names_the_account_and_is_not_asked_again(ebay: Ebay) -> None:
    """A changed password ends the consent; a storm of repeats would not bring it back."""
    ebay.on("POST", TOKEN_PATH, answer(400, {"error": "invalid_grant", "error_description": "of jodoe"}))
    with pytest.raises(AuthenticationError, match="'acme': the seller must authorize again") as caught:
        await ebay.channel(account="acme").get_order(ORDER_ID)
    assert caught.value.code == "invalid_grant"
    assert "jodoe" not in str(caught.value)
    assert len(ebay.transport.requests) == 1


async def test_call_without_consent_says_so(ebay: Ebay) -> None:
    """Nothing can be sent for a seller who was never connected."""
    with pytest.raises(ConfigurationError) as caught:
        await ebay.channel(refresh_token=None).get_order(ORDER_ID)
    assert caught.value.field == "refresh_token"


# --- consent --------------------------------------------------------------------------------------------------------


def test_consent_page_has_the_ru_name_where_oauth_has_an_address(ebay: Ebay) -> None:
    """The address stands behind that name at eBay; sent itself, it is refused."""
    url = ebay.channel(ru_name="ACME_Inc-Ship").authorization_url(redirect_uri="https://a.example/cb", state="s 1")
    assert url.startswith("https://auth.ebay.com/oauth2/authorize?")
    query = parse_qs(urlsplit(url).query)
    assert query["redirect_uri"] == ["ACME_Inc-Ship"]
    assert (query["response_type"], query["state"], query["prompt"]) == (["code"], ["s 1"], ["login"])
    assert "api_scope%20https%3A%2F%2F" in url, "scopes are parted by %20"


def test_sandbox_has_hosts_of_its_own(ebay: Ebay) -> None:
    """A production token fails there."""
    url = ebay.channel(sandbox=True).authorization_url(redirect_uri="ACME_Inc-Ship", state="s")
    assert url.startswith("https://auth.sandbox.ebay.com/")


def test_address_without_ru_name_is_an_error(ebay: Ebay) -> None:
    """The answer would be invalid_grant, which says nothing."""
    with pytest.raises(ConfigurationError) as caught:
        ebay.channel().authorization_url(redirect_uri="https://a.example/cb", state="s")
    assert caught.value.field == "ru_name"


@pytest.mark.parametrize("code", ["v^1.1#i^1#f^0%20x", "v%5E1.1%23i%5E1%23f%5E0%2520x"], ids=["decoded", "raw"])
async def test_code_is_decoded_once(ebay: Ebay, code: str) -> None:
    """Decoded twice, or not at all, it is invalid_grant."""

    def take(request: ReceivedRequest) -> Answer:
        fields = parse_qs(request.content.decode())
        assert fields["code"] == ["v^1.1#i^1#f^0%20x"]
        assert fields["redirect_uri"] == ["ACME_Inc-Ship"]
        return answer(200, {"access_token": "a", "expires_in": 7200, "refresh_token": "v^1.1#new"})

    ebay.on("POST", TOKEN_PATH, take)
    channel = ebay.channel(refresh_token=None, ru_name="ACME_Inc-Ship")
    settings = await channel.exchange_code(code, redirect_uri="https://a.example/cb")
    assert settings == {
        "client_id": "ACME-Ship-PRD-1",
        "client_secret": "PRD-not-a-secret",
        "refresh_token": "v^1.1#new",
        "marketplace_id": "EBAY_US",
    }


async def test_wrong_code_is_an_authentication_error_and_used_once(ebay: Ebay) -> None:
    """A code is good once: repeating it proves nothing."""
    ebay.on("POST", TOKEN_PATH, answer(400, {"error": "invalid_grant"}))
    with pytest.raises(AuthenticationError):
        await ebay.channel(ru_name="ACME_Inc-Ship").exchange_code("v^1", redirect_uri="")
    assert len(ebay.transport.requests) == 1


def test_code_without_signs_of_either_kind_stays() -> None:
    """What is not encoded must not be decoded."""
    assert decoded_code("abc") == "abc"


# --- signatures -----------------------------------------------------------------------------------------------------


async def test_cancellation_is_signed_over_the_bytes_that_are_sent(cancellable: Ebay) -> None:
    """A second encoding of the same body breaks the signature."""
    await cancellable.channel(signing_key=key_text(ED25519)).cancel_order(ORDER_ID)
    (request,) = cancellable.sent("POST")
    digest = base64.b64encode(hashlib.sha256(request.content).digest()).decode()
    assert request.headers["content-digest"] == f"sha-256=:{digest}:"
    assert request.headers["x-ebay-signature-key"] == JWE
    assert '"content-digest"' in request.headers["signature-input"]
    ED25519.public_key().verify(signature(request), base_string(request))


async def test_signature_of_a_call_without_body_names_no_digest(ebay: Ebay) -> None:
    """Approving has no body, and no digest of one."""
    asked = {"cancelRequestId": "5001", "cancelRequestState": "REQUESTED", "cancelInitiator": "Buyer"}
    ebay.on("GET", ORDER, answer(200, order(cancelStatus={"cancelState": "IN_PROGRESS", "cancelRequests": [asked]})))
    ebay.on("POST", f"{CANCELLATIONS}/5001/approve", answer(200))
    await ebay.channel(signing_key=key_text(ED25519)).answer_cancel_request(ORDER_ID, accept=True)
    (request,) = ebay.sent("POST")
    assert "content-digest" not in request.headers
    assert "content-digest" not in request.headers["signature-input"]
    assert "content-type" not in request.headers, "no body, no type of one (pitfall: internal errors)"
    ED25519.public_key().verify(signature(request), base_string(request))


async def test_signature_is_made_anew_for_each_try(cancellable: Ebay) -> None:
    """One that is not near now is refused."""
    limited = answer(429, {"errors": [{"errorId": 2001}]}, retry_after="20")
    cancellable.on("POST", CANCELLATIONS, limited, answer(200, {"cancelId": "5001"}))
    await cancellable.channel(signing_key=key_text(ED25519)).cancel_order(ORDER_ID)
    first, second = (request.headers["signature-input"].rpartition("=")[2] for request in cancellable.sent("POST"))
    assert int(second) - int(first) >= 20


async def test_reads_are_not_signed(cancellable: Ebay) -> None:
    """Signing what needs none would send the key's name everywhere."""
    await cancellable.channel(signing_key=key_text(ED25519)).cancel_order(ORDER_ID)
    assert all("signature" not in request.headers for request in cancellable.sent("GET"))


def test_rsa_signs_by_pkcs1_and_not_pss() -> None:
    """PSS is the default of many libraries, and refused."""
    url = "https://apiz.ebay.com/post-order/v2/cancellation?x=1"
    headers = signature_headers(signing_key(RSA), method="POST", url=url, content=b"{}", created=1795512000)
    made = base64.b64decode(headers["Signature"].removeprefix("sig1=").strip(":"))
    digest = base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    covered = '("content-digest" "x-ebay-signature-key" "@method" "@path" "@authority");created=1795512000'
    message = (
        f'"content-digest": sha-256=:{digest}:\n"x-ebay-signature-key": {JWE}\n"@method": POST\n'
        f'"@path": /post-order/v2/cancellation\n"@authority": apiz.ebay.com\n"@signature-params": {covered}'
    ).encode()
    assert headers["Signature-Input"] == f"sig1={covered}"
    RSA.public_key().verify(made, message, padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(InvalidSignature):
        RSA.public_key().verify(made, message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


@pytest.mark.parametrize("form", ["pem", "escaped pem"])
def test_private_key_is_read_as_pem_too(form: str) -> None:
    """Whoever stored eBay's answer may have put the key into another form."""
    pem = ED25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    text = key_text(ED25519, privateKey=pem if form == "pem" else pem.replace("\n", "\\n"))
    key = read_signing_key(text)
    assert isinstance(key, SigningKey)
    assert key.sign(b"x") == ED25519.sign(b"x")


@pytest.mark.parametrize("code", [215120, 215122, 215001])
async def test_missing_signature_says_which_setting_is_needed(cancellable: Ebay, code: int) -> None:
    """The law's demand must not look like a refusal of the order."""
    cancellable.on("POST", CANCELLATIONS, refusal(400, code, message="Signature validation failed"))
    with pytest.raises(PermissionDeniedError, match="signing_key") as caught:
        await cancellable.channel().cancel_order(ORDER_ID)
    assert caught.value.code == str(code)
    assert len(cancellable.sent("POST")) == 1


P256 = ec.derive_private_key(1234567, ec.SECP256R1())


@pytest.mark.parametrize(
    "text",
    [key_text(ED25519, jwe=" "), key_text(ED25519, privateKey="!"), key_text(P256)],
    ids=["no jwe", "no key", "P-256"],
)
def test_key_that_cannot_sign_is_told_without_a_word_of_it(text: str) -> None:
    """A wrong key would be found out with the first order to cancel."""
    why = read_signing_key(text)
    assert isinstance(why, str)
    assert json.loads(text)["privateKey"] not in why.replace("!", "")


async def test_consent_without_a_refresh_token_is_an_error(ebay: Ebay) -> None:
    """There would be nothing to keep."""
    ebay.on("POST", TOKEN_PATH, answer(200, {"access_token": "a", "expires_in": 7200}))
    with pytest.raises(ResponseError):
        await ebay.channel(refresh_token=None, ru_name="ACME").exchange_code("v^1", redirect_uri="")
