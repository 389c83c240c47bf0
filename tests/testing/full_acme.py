"""The example carrier, with the abilities that the example leaves out."""

import json
from collections.abc import Sequence

from acme_carrier import AcmeCarrier, AcmeConfig
from acme_carrier.errors import to_error
from fake_acme import JSON, FakeAcme
from test_acme import AcmePlatform
from typing_extensions import override

from cartcarrier.carriers import SupportsAddressValidation, SupportsManifest
from cartcarrier.errors import ResponseError
from cartcarrier.http import ManualClock, OAuth2Auth, ReceivedRequest, Request, Response, Session
from cartcarrier.models import Address, AddressValidation, AddressVerdict, Manifest, Shipment
from cartcarrier.testing import Answered

CONFIG = AcmeConfig(client_id="acme-app", client_secret="acme-not-a-real-secret")


class FullFake(FakeAcme):
    """Acme, as it may be in ten years: it checks addresses and closes manifests."""

    def __init__(self) -> None:
        super().__init__(ManualClock())
        self.closed: set[str] = set()

    @override
    def __call__(self, request: ReceivedRequest) -> Answered:
        if request.headers.get("authorization", "").removeprefix("Bearer ") in self.tokens:
            if request.path == "/addresses":
                return 200, JSON, json.dumps({"verdict": "valid"}).encode()
            if request.path == "/manifests":
                (label_id,) = json.loads(request.content)
                if label_id in self.closed:
                    return 409, JSON, json.dumps({"code": "ALREADY_VOIDED", "message": "", "field": None}).encode()
                self.closed.add(label_id)
                return 200, JSON, json.dumps({"id": "manifest-1"}).encode()
        return super().__call__(request)


class FullAcme(AcmeCarrier, SupportsAddressValidation, SupportsManifest):
    """A sound driver with more abilities."""

    session: Session | None = None

    async def ask(self, operation: str, path: str, body: object, *, safe: bool) -> Response:
        """Send one request."""
        if self.session is None:
            auth = OAuth2Auth(
                token_path="/token", client_id=self.config.client_id, client_secret=self.config.client_secret
            )
            self.session = Session(self, hosts={"api": "https://api.acme.example"}, auth=auth, translate=to_error)
        content = json.dumps(body).encode()
        return await self.session.send(
            Request(operation=operation, method="POST", path=path, content=content, safe=safe)
        )

    @override
    async def validate_address(self, address: Address) -> AddressValidation:
        response = await self.ask("validate", "/addresses", address.street1, safe=True)
        return AddressValidation(verdict=AddressVerdict(_field(response, "verdict")))

    @override
    async def create_manifest(self, shipments: Sequence[Shipment], *, ship_from: Address) -> Manifest:
        response = await self.ask("manifest", "/manifests", [shipment.id for shipment in shipments], safe=False)
        return Manifest(id=_field(response, "id"))


class FullPlatform(AcmePlatform):
    """What the suite must know of it."""

    def __init__(self) -> None:
        super().__init__(FullFake())


def _field(response: Response, name: str) -> str:
    try:
        return str(json.loads(response.content)[name])
    except (ValueError, KeyError, TypeError):
        raise ResponseError("Acme's answer cannot be read", **response.facts) from None
