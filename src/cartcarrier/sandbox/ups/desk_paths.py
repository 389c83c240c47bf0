"""UPS's paths beside rating, buying and tracking: transit times, places, pickups, papers, subscriptions."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from cartcarrier.sandbox.ups import alerts, fields, locator, paperless, pickups, transit
from cartcarrier.sandbox.ups.account import World
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.reading import MAX_TRANS_ID, read_json, read_version

Answer = Node | tuple[Node, int]
Handler = Callable[[Request], Awaitable[Answer]]


class DeskPaths:
    """The handlers, and where they stand.

    Args:
        world: What the platform knows.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def table(self) -> list[tuple[str, str, Handler, str]]:
        """Return method, path, handler and product of each operation."""
        alert = "/api/track/{version}/subscription/{kind}"
        return [
            ("POST", "/api/shipments/{version}/transittimes", self._transit, "transit"),
            ("POST", "/api/locations/{version}/search/availabilities/{option}", self._locate, "locator"),
            ("POST", "/api/pickupcreation/{version}/pickup", self._order, "pickup"),
            ("POST", "/api/shipments/{version}/pickup/{kind}", self._pickup_price, "pickup"),
            ("GET", "/api/shipments/{version}/pickup/{kind}", self._pending, "pickup"),
            ("DELETE", "/api/shipments/{version}/pickup/{kind}", self._cancel, "pickup"),
            ("GET", "/api/pickup/{version}/countries/{country}", self._divisions, "pickup"),
            ("POST", "/api/paperlessdocuments/{version}/upload", self._upload, "paperless"),
            ("POST", "/api/paperlessdocuments/{version}/image", self._attach, "paperless"),
            ("DELETE", "/api/paperlessdocuments/{version}/DocumentId/ShipperNumber", self._delete, "paperless"),
            ("POST", f"{alert}/package", self._subscribe, "track_alert"),
            ("POST", f"{alert}/account", self._subscribe_account, "track_alert"),
            ("DELETE", f"{alert}/account", self._unsubscribe_account, "track_alert"),
        ]

    async def _transit(self, request: Request) -> Answer:
        try:
            _check_transaction(request)
            read_version(request)
            return transit.transit_times(self._world, await read_json(request))
        except UPSError as error:
            if self._world.switch("described_transit_errors"):
                return {"errors": [{"code": error.code, "message": error.message}]}, error.status
            raise

    async def _locate(self, request: Request) -> Answer:
        body = await read_json(request)
        return locator.locate(body, option=request.path_params["option"], version=read_version(request))

    async def _order(self, request: Request) -> Answer:
        read_version(request)
        body = await read_json(request)
        fields.check_characters(body)
        return pickups.create(self._world, body)

    async def _pickup_price(self, request: Request) -> Answer:
        _check_transaction(request, needed=False)
        read_version(request)
        return pickups.rate(self._world, await read_json(request), kind=request.path_params["kind"])

    async def _pending(self, request: Request) -> Answer:
        read_version(request)
        account = request.headers.get("accountnumber")
        return pickups.pending(self._world, kind=request.path_params["kind"], account=account)

    async def _cancel(self, request: Request) -> Answer:
        read_version(request)
        headers = request.headers
        return pickups.cancel(
            self._world, by=request.path_params["kind"], prn=headers.get("prn"), account=headers.get("accountnumber")
        )

    async def _divisions(self, request: Request) -> Answer:
        _check_transaction(request)
        read_version(request)
        return pickups.divisions(request.path_params["country"])

    async def _upload(self, request: Request) -> Answer:
        read_version(request)
        return paperless.upload(self._world, await read_json(request), shipper=request.headers.get("shippernumber"))

    async def _attach(self, request: Request) -> Answer:
        read_version(request)
        return paperless.attach(self._world, await read_json(request), shipper=request.headers.get("shippernumber"))

    async def _delete(self, request: Request) -> Answer:
        read_version(request)
        headers = request.headers
        return paperless.delete(self._world, number=headers.get("documentid"), shipper=headers.get("shippernumber"))

    async def _subscribe(self, request: Request) -> Answer:
        body = await _read_alert(request)
        version = f"v{read_version(request)}"
        return alerts.subscribe_numbers(self._world, body, kind=request.path_params["kind"], version=version)

    async def _subscribe_account(self, request: Request) -> Answer:
        body = await _read_alert(request)
        return alerts.subscribe_account(self._world, body, kind=request.path_params["kind"])

    async def _unsubscribe_account(self, request: Request) -> Answer:
        alerts.check_headers(request.headers.get("transid"), request.headers.get("transactionsrc"))
        return alerts.unsubscribe_account(
            self._world,
            kind=request.path_params["kind"],
            account=request.query_params.get("shipper_account_number"),
        )


async def _read_alert(request: Request) -> Node:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise UPSError("10007", "Requested Content Type is not supported")
    alerts.check_headers(request.headers.get("transid"), request.headers.get("transactionsrc"))
    return await read_json(request) if await request.body() else {}


def _check_transaction(request: Request, *, needed: bool = True) -> None:
    """Refuse a call without its two headers where they are required, or with an identifier that is too long (guide §1.1)."""
    identifier = request.headers.get("transid", "")
    if (needed and not identifier) or len(identifier) > MAX_TRANS_ID:
        raise UPSError(MISSING if not identifier else INVALID, "Missing or invalid transId.")
    if needed and not request.headers.get("transactionsrc"):
        raise UPSError(MISSING, "Missing or invalid transactionSrc.")
