"""Acme's paths and verbs: one method, one request."""

from typing import TypeVar
from urllib.parse import quote

from cartcarrier.http import Lane, OAuth2Auth, Request, Session, SessionOwner, json_decoder, json_encode, read_json
from msgspec.json import Decoder

from acme_carrier.config import AcmeConfig
from acme_carrier.errors import to_error
from acme_carrier.schemas import BoughtLabel, FoundLabels, LabelRequest, Parcel, Prices, VoidAnswer

T = TypeVar("T")


class AcmeClient:
    """Sends the requests of one account.

    Args:
        driver: Whose requests they are.
        config: The account's settings.
    """

    def __init__(self, driver: SessionOwner, config: AcmeConfig) -> None:
        auth = OAuth2Auth(token_path="/token", client_id=config.client_id, client_secret=config.client_secret)
        self._session = Session(driver, hosts={"api": "https://api.acme.example"}, auth=auth, translate=to_error)

    async def price(self, question: LabelRequest) -> Prices:
        """Ask for prices: safe, so it is repeated when the answer is lost."""
        content = json_encode(question)
        request = Request(operation="price", method="POST", path="/prices", content=content, safe=True)
        return await self._ask(request, json_decoder(Prices))

    async def buy(self, body: bytes) -> BoughtLabel:
        """Buy a label: not safe, so it is never repeated unseen."""
        request = Request(operation="buy", method="POST", path="/labels", content=body, lane=Lane.PURCHASE)
        return await self._ask(request, json_decoder(BoughtLabel))

    async def find(self, reference: str) -> FoundLabels:
        """Look up what was bought under a reference."""
        params = {"reference": reference}
        request = Request(operation="find", method="GET", path="/labels", params=params, safe=True)
        return await self._ask(request, json_decoder(FoundLabels))

    async def void(self, label_id: str) -> VoidAnswer:
        """Give a label back."""
        path = f"/labels/{quote(label_id, safe='')}"
        request = Request(operation="void", method="DELETE", path=path, template="/labels/{id}")
        return await self._ask(request, json_decoder(VoidAnswer))

    async def track(self, number: str) -> Parcel:
        """Ask where a parcel is."""
        path = f"/parcels/{quote(number, safe='')}"
        request = Request(operation="track", method="GET", path=path, safe=True, lane=Lane.TRACK)
        return await self._ask(request, json_decoder(Parcel))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()

    async def _ask(self, request: Request, decoder: Decoder[T]) -> T:
        return read_json(await self._session.send(request), decoder)
