"""Message signatures on money calls: who must sign, and what makes a signature false."""

from typing import Any

import httpx
import pytest

from tests.sandbox.ebay.client import APIZ, CANCEL, ORDERS, START, EbayClient, code

OUT_OF_STOCK = "OUT_OF_STOCK_OR_CANNOT_FULFILL"
KEYS = "/developer/key_management/v1/signing_key"


async def cancel(ebay: EbayClient, order_id: str, *, signed: bool = False) -> httpx.Response:
    body = {"legacyOrderId": order_id, "cancelReason": OUT_OF_STOCK}
    return await ebay.call("POST", CANCEL, body, signed=signed)


@pytest.fixture
async def german(ebay: EbayClient) -> EbayClient:
    """Return a client for a seller in Germany, with a signing key of its keyset."""
    ebay.become(ebay.simulator.add_seller("deutsch", "DE", "EBAY_DE"))
    answer = await ebay.call("POST", KEYS, {"signingKeyCipher": "ED25519"}, app=True, host=APIZ)
    assert answer.status_code == 200, answer.text
    ebay.signing_key = answer.json()
    return ebay


async def test_european_sellers_must_sign(german: EbayClient) -> None:
    """Cancelling and approving are money calls; an American seller need not."""
    placed = german.place(seller="deutsch")
    answer = await cancel(german, placed)
    assert (answer.status_code, code(answer)) == (400, 215001)
    assert (await cancel(german, placed, signed=True)).status_code == 200
    asked = german.simulator.request_cancellation(german.place(seller="deutsch"))
    assert code(await german.call("POST", f"{CANCEL}/{asked}/approve")) == 215001
    assert (await german.call("POST", f"{CANCEL}/{asked}/approve", signed=True)).status_code == 200
    refund = {"reasonForRefund": "OTHER_ADJUSTMENT", "orderLevelRefundAmount": {"value": "1.00", "currency": "EUR"}}
    path = f"{ORDERS}/order/{german.place(seller='deutsch')}/issue_refund"
    assert code(await german.call("POST", path, refund)) == 215001
    assert (await german.call("POST", path, refund, signed=True)).status_code == 200


async def test_reading_needs_no_signature(german: EbayClient) -> None:
    """Nor does shipping."""
    placed = german.place(seller="deutsch")
    assert (await german.ship(placed)).status_code == 201


async def test_switch_can_demand_or_waive_signatures(ebay: EbayClient) -> None:
    """For a harness that has no European seller."""
    ebay.simulator.set_switches(signature_required=True)
    assert code(await cancel(ebay, ebay.place())) == 215001
    ebay.simulator.set_switches(signature_required=False)
    ebay.become(ebay.simulator.add_seller("deutsch", "DE", "EBAY_DE"))
    assert (await cancel(ebay, ebay.place(seller="deutsch"))).status_code == 200


@pytest.mark.parametrize(
    "broken",
    [
        "body",
        "digest",
        "key",
        "path",
        "authority",
        "components",
        "less authority",
        "less body",
        "signature",
        "old",
        "syntax",
    ],
)
async def test_wrong_signature_is_refused(german: EbayClient, broken: str) -> None:
    """215120 for whatever does not fit, and nothing happens."""
    placed = german.place(seller="deutsch")
    body = {"legacyOrderId": placed, "cancelReason": OUT_OF_STOCK}
    headers = {"Authorization": f"IAF {await german.user_token()}"}
    request = german.http.build_request("POST", f"https://api.ebay.com{CANCEL}", json=body, headers=headers)
    less = {"less authority": "@authority", "less body": "content-digest"}.get(broken, "")
    german.sign(request, created=int(START.timestamp()) - (901 if broken == "old" else 0), without=less)
    match broken:
        case "body":
            forged = german.http.build_request("POST", request.url, json={**body, "cancelReason": "ADDRESS_ISSUES"})
            names = ("Content-Length", "Content-Type")
            request = german.http.build_request(
                "POST",
                request.url,
                content=forged.content,
                headers={
                    **{n: v for n, v in request.headers.items() if n.title() not in names},
                    "Content-Type": "application/json",
                },
            )
        case "digest":
            request.headers["Content-Digest"] = "sha-256=:AAAA:"
        case "key":
            request.headers["x-ebay-signature-key"] = "eyJ.other.key"
        case "path":
            other = german.http.build_request("POST", f"https://api.ebay.com{CANCEL}/x", json=body)
            german.sign(other)
            request.headers["Signature"] = other.headers["Signature"]
        case "authority":
            other = german.http.build_request("POST", f"https://apiz.ebay.com{CANCEL}", json=body)
            german.sign(other)
            request.headers["Signature"] = other.headers["Signature"]
        case "components":
            request.headers["Signature-Input"] = request.headers["Signature-Input"].replace(' "@authority"', "")
        case "signature":
            request.headers["Signature"] = "sig1=:AAAA:"
        case "syntax":
            request.headers["Signature-Input"] = "sig1=nonsense"
    answer = await german.http.send(request)
    assert (answer.status_code, code(answer)) == (403, 215120)
    assert (await german.order(placed))["cancelStatus"]["cancelState"] == "NONE_REQUESTED"


async def test_false_signature_is_refused_where_none_is_needed(ebay: EbayClient) -> None:
    """Whoever signs must do it right."""
    placed = ebay.place()
    headers = {"x-ebay-signature-key": "eyJ", "Signature": "sig1=:AAAA:"}
    answer = await ebay.call("POST", CANCEL, {"legacyOrderId": placed, "cancelReason": OUT_OF_STOCK}, headers=headers)
    assert code(answer) == 215001


async def test_private_key_is_told_once(german: EbayClient) -> None:
    """Later reads have everything but it."""
    assert german.signing_key is not None
    answer = await german.call("GET", f"{KEYS}/{german.signing_key['signingKeyId']}", app=True, host=APIZ)
    assert answer.json() == {name: value for name, value in german.signing_key.items() if name != "privateKey"}
    listed = await german.call("GET", KEYS, app=True, host=APIZ)
    assert listed.json() == {"signingKeys": [answer.json()]}
    assert german.signing_key["expirationTime"] - german.signing_key["creationTime"] == 3 * 365 * 86_400


@pytest.mark.parametrize(
    ("body", "error"), [({"signingKeyCipher": "DSA"}, 210001), ([], 210006)], ids=["cipher", "list"]
)
async def test_wrong_key_request_is_refused(ebay: EbayClient, body: Any, error: int) -> None:
    """And an unknown key is a 404."""
    assert code(await ebay.call("POST", KEYS, body, app=True, host=APIZ)) == error
    assert code(await ebay.call("GET", f"{KEYS}/x", app=True, host=APIZ)) == 210002


async def test_rsa_keys_sign_too(ebay: EbayClient) -> None:
    """The other cipher: PKCS#1 v1.5 passes, PSS does not."""
    import base64

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    key = (await ebay.call("POST", KEYS, {"signingKeyCipher": "RSA"}, app=True, host=APIZ)).json()
    private = load_der_private_key(base64.b64decode(key["privateKey"]), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    asked = ebay.simulator.request_cancellation(ebay.place())
    names = '("x-ebay-signature-key" "@method" "@path" "@authority")'
    parameters = f"{names};created={int(ebay.clock.now().timestamp())}"
    base = "\n".join(
        [
            f'"x-ebay-signature-key": {key["jwe"]}',
            '"@method": POST',
            f'"@path": {CANCEL}/{asked}/approve',
            '"@authority": api.ebay.com',
            f'"@signature-params": {parameters}',
        ]
    ).encode()
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
    for scheme, status in ((pss, 403), (padding.PKCS1v15(), 200)):
        signature = base64.b64encode(private.sign(base, scheme, hashes.SHA256())).decode()
        headers = {
            "x-ebay-signature-key": key["jwe"],
            "Signature-Input": f"sig1={parameters}",
            "Signature": f"sig1=:{signature}:",
        }
        assert (await ebay.call("POST", f"{CANCEL}/{asked}/approve", headers=headers)).status_code == status


async def test_signature_fits_where_the_simulator_is_served(german: EbayClient) -> None:
    """Below a prefix, the caller signs the path and host that it calls."""
    from cartcarrier.sandbox import SandboxApp

    placed = german.place(seller="deutsch")
    base = german.simulator.hosts("http://127.0.0.1:8700")["api"]
    headers = {"Authorization": f"IAF {await german.user_token()}"}
    body = {"legacyOrderId": placed, "cancelReason": OUT_OF_STOCK}
    transport = httpx.ASGITransport(SandboxApp({"ebay": german.simulator}))
    async with httpx.AsyncClient(transport=transport) as http:
        request = http.build_request("POST", f"{base}{CANCEL}", json=body, headers=headers)
        german.sign(request, authority="127.0.0.1:8700")
        assert (await http.send(request)).status_code == 200
