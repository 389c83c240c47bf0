"""Having eBay push: destination, subscriptions, and what becomes of them."""

import json
import re
from typing import Any

import pytest

from cartcarrier.channels import SupportsSubscriptions
from cartcarrier.channels.ebay import EbayChannel
from cartcarrier.channels.ebay.driver.subscribing import default_topics, to_payload
from cartcarrier.channels.ebay.schemas import SupportedPayload, Topic
from cartcarrier.errors import (
    ConfigurationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    PermissionDeniedError,
    RejectedError,
    ResponseError,
)
from cartcarrier.http import ReceivedRequest
from cartcarrier.models import WebhookSubscription
from tests.unit.channels.ebay.fakes import Answer, Ebay, answer, config, refusal

pytestmark = pytest.mark.anyio

BASE = "/commerce/notification/v1"
HOOK = "https://hooks.example.com/ebay"
TOKEN = "verification-token-of-32-letters-x"
ORDERS, CANCELS, SHIPPED, CLOSED = (
    "ORDER_CONFIRMATION",
    "ORDER_CANCELLATION_ACTIVITY",
    "ITEM_MARKED_SHIPPED",
    "MARKETPLACE_ACCOUNT_DELETION",
)
SCOPE = "https://api.ebay.com/oauth/api_scope"


class Notices:
    """What eBay knows of destinations and subscriptions, behind a fake eBay."""

    def __init__(self, ebay: Ebay) -> None:
        self.ebay = ebay
        self.email: str | None = "ops@example.com"
        self.destinations: list[dict[str, Any]] = []
        self.subscriptions: list[dict[str, Any]] = []
        self.applications: list[dict[str, Any]] = []
        self.versions: dict[str, tuple[str, ...]] = {}
        ebay.on("GET", f"{BASE}/config", self._config)
        ebay.on("PUT", f"{BASE}/config", answer(204))
        ebay.on("GET", f"{BASE}/destination", self._destinations)
        ebay.on("POST", f"{BASE}/destination", made("destination", "d-new"))
        ebay.on("GET", f"{BASE}/subscription", self._subscriptions)
        ebay.on("POST", f"{BASE}/subscription", self._create)
        for topic in (ORDERS, CANCELS, SHIPPED, CLOSED):
            ebay.on("GET", f"{BASE}/topic/{topic}", self._topic)

    def knows(self, topic: str, **changes: Any) -> str:
        """Let eBay have a subscription, and the ways to change it; return its id."""
        identity = f"s-{topic.lower()}"
        payload = {"format": "JSON", "schemaVersion": "1.0", "deliveryProtocol": "HTTPS"}
        known = {"subscriptionId": identity, "topicId": topic, "status": "ENABLED", "destinationId": "d-1"}
        (self.applications if topic == CLOSED else self.subscriptions).append({**known, "payload": payload, **changes})
        self.ebay.on("PUT", f"{BASE}/subscription/{identity}", answer(204))
        self.ebay.on("DELETE", f"{BASE}/subscription/{identity}", answer(204))
        for order in ("enable", "disable"):
            self.ebay.on("POST", f"{BASE}/subscription/{identity}/{order}", answer(204))
        self.ebay.on("POST", f"{BASE}/subscription/{identity}/test", answer(202))
        return identity

    def has_destination(self, endpoint: str = HOOK, identity: str = "d-1", **changes: Any) -> None:
        """Let eBay have a destination."""
        delivery = {"endpoint": endpoint, "verificationToken": TOKEN}
        known = {"destinationId": identity, "name": "orders", "status": "ENABLED", "deliveryConfig": delivery}
        self.destinations.append({**known, **changes})
        self.ebay.on("PUT", f"{BASE}/destination/{identity}", answer(204))

    def writes(self) -> list[str]:
        """Return what was changed, in turn."""
        return [f"{one.method} {one.path.removeprefix(BASE)}" for one in self.ebay.sent() if one.method != "GET"]

    def _config(self, request: ReceivedRequest) -> Answer:
        return answer(200, {"alertEmail": self.email}) if self.email else refusal(404, 195026)

    def _destinations(self, request: ReceivedRequest) -> Answer:
        return answer(200, {"destinations": self.destinations, "total": len(self.destinations)})

    def _subscriptions(self, request: ReceivedRequest) -> Answer:
        of_application = "application" in request.headers["authorization"]
        found = self.applications if of_application else self.subscriptions
        return answer(200, {"subscriptions": found, "total": len(found)})

    def _create(self, request: ReceivedRequest) -> Answer:
        topic = json.loads(request.content)["topicId"]
        return made("subscription", f"new-{topic.lower()}")

    def _topic(self, request: ReceivedRequest) -> Answer:
        topic = request.path.rpartition("/")[2]
        versions = self.versions.get(topic, ("1.0",))
        forms = [{"format": ["JSON"], "schemaVersion": one, "deliveryProtocol": "HTTPS"} for one in versions]
        scope = "APPLICATION" if topic == CLOSED else "USER"
        body = {"topicId": topic, "status": "ENABLED", "scope": scope, "supportedPayloads": forms}
        return answer(200, {**body, "authorizationScopes": [f"{SCOPE}/sell.some", f"{SCOPE}/sell.some.read"]})


def made(kind: str, identity: str) -> Answer:
    """Return what eBay answers when it made something: nothing but an address."""
    return 201, {"location": f"https://api.ebay.com{BASE}/{kind}/{identity}"}, b""


@pytest.fixture
def notices(ebay: Ebay) -> Notices:
    """An eBay to subscribe at."""
    return Notices(ebay)


def channel(ebay: Ebay, **changes: Any) -> EbayChannel:
    return ebay.channel(verification_token=TOKEN, **changes)


def told(topic: str = ORDERS, identity: str | None = None) -> WebhookSubscription:
    return WebhookSubscription(id=identity or f"s-{topic.lower()}", topic=topic, destination=HOOK)


# --- from nothing ---------------------------------------------------------------------------------------------------


async def test_everything_is_set_up_in_order(ebay: Ebay, notices: Notices) -> None:
    """Without an address for alerts eBay takes no destination, without a destination no subscription."""
    notices.email = None
    driver = channel(ebay, alert_email="ops@example.com")
    assert isinstance(driver, SupportsSubscriptions)
    found = await driver.subscribe(HOOK)
    assert [one.topic for one in found] == [ORDERS]
    assert found[0] == WebhookSubscription(id="new-order_confirmation", topic=ORDERS, destination=HOOK, active=True)
    assert notices.writes() == ["PUT /config", "POST /destination", "POST /subscription"]
    assert ebay.body("PUT", f"{BASE}/config") == {"alertEmail": "ops@example.com"}
    assert ebay.body("POST", f"{BASE}/destination") == {
        "name": "cartcarrier",
        "status": "ENABLED",
        "deliveryConfig": {"endpoint": HOOK, "verificationToken": TOKEN},
    }
    assert ebay.body("POST", f"{BASE}/subscription") == {
        "topicId": ORDERS,
        "status": "ENABLED",
        "destinationId": "d-new",
        "payload": {"format": "JSON", "schemaVersion": "1.0", "deliveryProtocol": "HTTPS"},
    }


async def test_each_call_carries_the_token_that_it_wants(ebay: Ebay, notices: Notices) -> None:
    """Destinations are the application's, subscriptions the seller's: the other token is refused."""
    await channel(ebay).subscribe(HOOK)
    for request in ebay.sent():
        kind = "user" if "/subscription" in request.path else "application"
        assert request.headers["authorization"].startswith(f"Bearer {kind}-token"), request.path


async def test_newest_form_is_asked_for(ebay: Ebay, notices: Notices) -> None:
    """By number, not by letters: 1.10 comes after 1.9."""
    notices.versions[ORDERS] = ("1.9", "1.10", "1.0")
    await channel(ebay).subscribe(HOOK)
    assert ebay.body("POST", f"{BASE}/subscription")["payload"]["schemaVersion"] == "1.10"


@pytest.mark.parametrize(
    ("offered", "version"),
    [
        ([("1.0", False, "HTTPS"), ("1.1", True, "HTTPS")], "1.0"),
        ([("1.1", True, "HTTPS")], "1.1"),
        ([("1.0", False, "HTTPS"), ("2.0", False, "SQS")], "1.0"),
        ([], "1.0"),
    ],
    ids=["deprecated-is-passed-over", "nothing-else-is-left", "another-way", "nothing-is-said"],
)
def test_form_that_lasts_is_chosen(offered: list[tuple[str, bool, str]], version: str) -> None:
    """A form on its way out would have to be left again soon."""
    forms = [
        SupportedPayload(schema_version=name, format=["JSON"], delivery_protocol=way, deprecated=old)
        for name, old, way in offered
    ]
    assert to_payload(Topic(topic_id=ORDERS, supported_payloads=forms)).schema_version == version


@pytest.mark.parametrize(
    ("scopes", "topics"),
    [
        ([SCOPE, f"{SCOPE}/sell.fulfillment"], [ORDERS]),
        ([f"{SCOPE}/sell.cancellation"], [ORDERS, CANCELS]),
        ([f"{SCOPE}/sell.cancellation.read", f"{SCOPE}/commerce.shipping"], [ORDERS, CANCELS, SHIPPED]),
    ],
    ids=["plain", "cancelling", "all"],
)
def test_topics_by_default_are_those_of_the_consent(scopes: list[str], topics: list[str]) -> None:
    """A topic that the seller did not agree to would be refused, and take the others with it."""
    assert default_topics(config(scopes=scopes)) == topics


# --- what is there already ------------------------------------------------------------------------------------------


async def test_what_fits_is_left_alone(ebay: Ebay, notices: Notices) -> None:
    """The application says it at each start: that must not change anything, and costs reads only."""
    notices.has_destination()
    notices.knows(ORDERS)
    (found,) = await channel(ebay).subscribe(HOOK)
    assert found == told()
    assert notices.writes() == []


async def test_disabled_one_is_enabled(ebay: Ebay, notices: Notices) -> None:
    """Its pushes would be missed for ever."""
    notices.has_destination()
    identity = notices.knows(ORDERS, status="DISABLED")
    (found,) = await channel(ebay).subscribe(HOOK)
    assert found.active
    assert notices.writes() == [f"POST /subscription/{identity}/enable"]
    assert ebay.sent("POST")[-1].content == b""


async def test_one_that_points_elsewhere_is_moved(ebay: Ebay, notices: Notices) -> None:
    """EBay keeps one for each user and topic: another cannot be made beside it."""
    notices.has_destination("https://old.example.com/ebay", "d-1")
    identity = notices.knows(ORDERS)
    (found,) = await channel(ebay).subscribe(HOOK)
    assert (found.id, found.destination) == (identity, HOOK)
    assert notices.writes() == ["POST /destination", f"PUT /subscription/{identity}"]
    change = ebay.body("PUT", f"{BASE}/subscription/{identity}")
    assert (change["destinationId"], change["status"]) == ("d-new", "ENABLED")


async def test_older_form_is_renewed(ebay: Ebay, notices: Notices) -> None:
    """EBay drops old forms some day."""
    notices.has_destination()
    notices.versions[ORDERS] = ("1.0", "1.1")
    identity = notices.knows(ORDERS)
    await channel(ebay).subscribe(HOOK)
    assert notices.writes() == [f"PUT /subscription/{identity}"]
    assert ebay.body("PUT", f"{BASE}/subscription/{identity}")["payload"]["schemaVersion"] == "1.1"


@pytest.mark.parametrize("status", ["MARKED_DOWN", "DISABLED"])
async def test_destination_that_is_down_is_put_up_again(ebay: Ebay, notices: Notices, status: str) -> None:
    """EBay marks it down when the endpoint fails, and never up by itself."""
    notices.has_destination(status=status)
    notices.knows(ORDERS)
    await channel(ebay).subscribe(HOOK)
    assert notices.writes() == ["PUT /destination/d-1"]
    assert ebay.body("PUT", f"{BASE}/destination/d-1") == {
        "name": "orders",
        "status": "ENABLED",
        "deliveryConfig": {"endpoint": HOOK, "verificationToken": TOKEN},
    }


async def test_new_verification_token_reaches_ebay(ebay: Ebay, notices: Notices) -> None:
    """With the old one the next challenge would fail."""
    notices.has_destination(deliveryConfig={"endpoint": HOOK, "verificationToken": "y" * 40})
    notices.knows(ORDERS)
    await channel(ebay).subscribe(HOOK)
    assert notices.writes() == ["PUT /destination/d-1"]


async def test_address_for_alerts_is_kept_unless_it_differs(ebay: Ebay, notices: Notices) -> None:
    """Somebody may have set it in the portal."""
    notices.has_destination()
    notices.knows(ORDERS)
    await channel(ebay, alert_email="ops@example.com").subscribe(HOOK)
    assert notices.writes() == []
    await channel(ebay, alert_email="new@example.com").subscribe(HOOK)
    assert ebay.body("PUT", f"{BASE}/config") == {"alertEmail": "new@example.com"}


async def test_destination_that_was_made_meanwhile_is_taken(ebay: Ebay, notices: Notices) -> None:
    """By another worker, or by a call whose answer was lost."""

    def taken(request: ReceivedRequest) -> Answer:
        notices.has_destination()
        return refusal(409, 195021)

    ebay.on("POST", f"{BASE}/destination", taken)
    await channel(ebay).subscribe(HOOK)
    assert ebay.body("POST", f"{BASE}/subscription")["destinationId"] == "d-1"


async def test_subscription_that_was_made_meanwhile_is_taken(ebay: Ebay, notices: Notices) -> None:
    """One that exists is no error (§14)."""
    notices.has_destination()

    def taken(request: ReceivedRequest) -> Answer:
        notices.knows(ORDERS)
        return refusal(409, 195012)

    ebay.on("POST", f"{BASE}/subscription", taken)
    (found,) = await channel(ebay).subscribe(HOOK)
    assert found.id == "s-order_confirmation"


@pytest.mark.parametrize(("path", "code"), [("destination", 195021), ("subscription", 195012)])
async def test_conflict_about_nothing_that_is_there_stays_one(
    ebay: Ebay, notices: Notices, path: str, code: int
) -> None:
    """What cannot be found cannot be used again."""
    ebay.on("POST", f"{BASE}/{path}", refusal(409, code))
    with pytest.raises(ConflictError):
        await channel(ebay).subscribe(HOOK)


async def test_all_pages_are_read(ebay: Ebay, notices: Notices) -> None:
    """An application with many sellers has many destinations; the address of the next page counts by its token only."""
    first = {"destinations": [], "next": "https://evil.example/destination?continuation_token=p%2B2&limit=100"}
    last = {"destinations": [{"destinationId": "d-9", "status": "ENABLED", "deliveryConfig": {"endpoint": HOOK}}]}
    ebay.on("GET", f"{BASE}/destination", answer(200, first), answer(200, last))
    await channel(ebay).subscribe(HOOK)
    asked = ebay.sent("GET", f"{BASE}/destination")
    assert [one.params.get("continuation_token") for one in asked] == [None, "p+2"]
    assert {one.url.partition("/commerce")[0] for one in asked} == {"https://api.ebay.com"}
    assert ebay.body("POST", f"{BASE}/subscription")["destinationId"] == "d-9"


async def test_subscription_on_a_later_page_is_found(ebay: Ebay, notices: Notices) -> None:
    """Taken for missing, it would be a conflict."""
    notices.has_destination()
    notices.knows(ORDERS)
    first = {"subscriptions": [], "next": "https://api.ebay.com/x?continuation_token=p2"}
    ebay.on("GET", f"{BASE}/subscription", answer(200, first), answer(200, {"subscriptions": notices.subscriptions}))
    await channel(ebay).subscribe(HOOK)
    assert notices.writes() == []
    assert ebay.sent("GET", f"{BASE}/subscription")[-1].params["continuation_token"] == "p2"


async def test_next_page_that_is_the_same_again_ends_the_list(ebay: Ebay, notices: Notices) -> None:
    """A loop would use up the day's calls."""
    again = {"next": "https://api.ebay.com/x?continuation_token=p2"}
    for path in ("destination", "subscription"):
        ebay.on("GET", f"{BASE}/{path}", answer(200, again))
    await channel(ebay).subscribe(HOOK)
    assert len(ebay.sent("GET", f"{BASE}/subscription")) == 2


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "destination",
    [
        "http://hooks.example.com/ebay",
        "arn:aws:sqs:us-east-1:1:q",
        "https://",
        f"{HOOK}?a=1",
        f"{HOOK}#x",
        "https://u@h/x",
    ],
)
async def test_what_cannot_be_an_endpoint_is_refused(ebay: Ebay, destination: str) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidValueError) as caught:
        await channel(ebay).subscribe(destination)
    assert caught.value.field == "destination"
    assert ebay.transport.requests == []


async def test_endpoint_whose_challenge_would_fail_is_refused(ebay: Ebay) -> None:
    """The challenge is answered for the setting, byte for byte: a slash more fails it (pitfall 21)."""
    with pytest.raises(InvalidValueError, match="webhook_endpoint"):
        await channel(ebay, webhook_endpoint=f"{HOOK}/").subscribe(HOOK)
    assert ebay.transport.requests == []


async def test_missing_settings_are_named(ebay: Ebay, notices: Notices) -> None:
    """The token before anything is sent; the address only where eBay has none."""
    with pytest.raises(ConfigurationError) as caught:
        await ebay.channel().subscribe(HOOK)
    assert caught.value.field == "verification_token"
    notices.email = None
    with pytest.raises(ConfigurationError) as caught:
        await channel(ebay).subscribe(HOOK)
    assert caught.value.field == "alert_email"
    assert notices.writes() == []


async def test_topic_without_consent_is_named_with_its_scopes(ebay: Ebay, notices: Notices) -> None:
    """Who is told "not authorized" only cannot mend it."""
    notices.has_destination()
    ebay.on("POST", f"{BASE}/subscription", refusal(403, 195011))
    with pytest.raises(PermissionDeniedError) as caught:
        await channel(ebay).subscribe(HOOK, topics=[CANCELS])
    assert caught.value.code == "195011"
    assert re.search(rf"{CANCELS}.*sell\.some or sell\.some\.read", caught.value.message)


async def test_unknown_topic_is_rejected_before_anything_is_made(ebay: Ebay, notices: Notices) -> None:
    """No destination is left behind for nothing."""
    ebay.on("GET", f"{BASE}/topic/NO_SUCH", refusal(404, 195002))
    with pytest.raises(RejectedError, match="no such topic"):
        await channel(ebay).subscribe(HOOK, topics=[ORDERS, "NO_SUCH"])
    assert notices.writes() == []


async def test_topic_that_rests_at_ebay_is_rejected(ebay: Ebay, notices: Notices) -> None:
    """Nothing would ever come."""
    ebay.on("GET", f"{BASE}/topic/{ORDERS}", answer(200, {"topicId": ORDERS, "status": "DISABLED", "scope": "USER"}))
    with pytest.raises(RejectedError, match="DISABLED"):
        await channel(ebay).subscribe(HOOK)


async def test_challenge_that_failed_says_what_to_do(ebay: Ebay, notices: Notices) -> None:
    """The endpoint must be up before it is named; the token stays secret."""
    ebay.on("POST", f"{BASE}/destination", refusal(409, 195020, message=f"bad {TOKEN}"))
    with pytest.raises(RejectedError, match="challenge") as caught:
        await channel(ebay).subscribe(HOOK)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("headers", [{}, {"location": "/"}, {"location": "https://x/../a b"}])
async def test_answer_without_an_id_is_no_success(ebay: Ebay, notices: Notices, headers: dict[str, str]) -> None:
    """What was made must be found again."""
    ebay.on("POST", f"{BASE}/destination", (201, headers, b""))
    with pytest.raises(ResponseError):
        await channel(ebay).subscribe(HOOK)


# --- the application's own ------------------------------------------------------------------------------------------


async def test_topic_of_the_application_goes_with_its_token(ebay: Ebay, notices: Notices) -> None:
    """Closed accounts are no seller's topic; where eBay takes it here, it takes it from the application."""
    notices.has_destination()
    notices.knows(ORDERS)
    found = await channel(ebay).subscribe(HOOK, topics=[ORDERS, CLOSED, ORDERS])
    assert [one.topic for one in found] == [ORDERS, CLOSED]
    (request,) = ebay.sent("POST", f"{BASE}/subscription")
    assert request.headers["authorization"].startswith("Bearer application-token")


# --- listing, testing, ending ---------------------------------------------------------------------------------------


async def test_subscriptions_are_listed_with_their_addresses(ebay: Ebay, notices: Notices) -> None:
    """The seller's and the application's; one whose destination is down does not push."""
    notices.has_destination()
    notices.has_destination("https://old.example.com/ebay", "d-2", status="MARKED_DOWN")
    notices.knows(ORDERS)
    notices.knows(CANCELS, status="DISABLED")
    notices.knows(SHIPPED, destinationId="d-2")
    notices.knows(CLOSED, destinationId="d-gone")
    found = {one.topic: (one.destination, one.active) for one in await channel(ebay).list_subscriptions()}
    assert found == {
        ORDERS: (HOOK, True),
        CANCELS: (HOOK, False),
        SHIPPED: ("https://old.example.com/ebay", False),
        CLOSED: ("d-gone", True),
    }
    assert TOKEN not in repr(await channel(ebay).list_subscriptions())


@pytest.mark.parametrize("refused", [refusal(400, 1003), refusal(403, 1100), refusal(400, 195004)])
async def test_application_that_is_not_let_in_loses_nothing(ebay: Ebay, notices: Notices, refused: Answer) -> None:
    """The seller's own are listed all the same."""
    notices.has_destination()
    notices.knows(ORDERS)
    mine = answer(200, {"subscriptions": notices.subscriptions})

    def by_token(request: ReceivedRequest) -> Answer:
        return refused if "application" in request.headers["authorization"] else mine

    ebay.on("GET", f"{BASE}/subscription", by_token)
    assert [one.topic for one in await channel(ebay).list_subscriptions()] == [ORDERS]


async def test_ending_twice_is_no_error(ebay: Ebay, notices: Notices) -> None:
    """404 means done."""
    identity = notices.knows(ORDERS)
    ebay.on("DELETE", f"{BASE}/subscription/{identity}", answer(204), refusal(404, 195013))
    driver = channel(ebay)
    await driver.unsubscribe(told())
    await driver.unsubscribe(told())
    assert notices.writes() == [f"DELETE /subscription/{identity}"] * 2


async def test_topic_that_is_no_more_can_be_ended(ebay: Ebay, notices: Notices) -> None:
    """Its subscription is the seller's."""
    ebay.on("GET", f"{BASE}/topic/{ORDERS}", refusal(404, 195002))
    notices.knows(ORDERS)
    await channel(ebay).unsubscribe(told())
    assert ebay.sent("DELETE")[0].headers["authorization"].startswith("Bearer user-token")


async def test_subscription_can_be_tested_and_rest(ebay: Ebay, notices: Notices) -> None:
    """Each an order without a body."""
    identity = notices.knows(ORDERS)
    driver = channel(ebay)
    await driver.test_subscription(told())
    await driver.disable_subscription(told())
    await driver.enable_subscription(told())
    assert notices.writes() == [f"POST /subscription/{identity}/{order}" for order in ("test", "disable", "enable")]
    assert all(one.content == b"" for one in ebay.sent("POST"))


async def test_id_that_is_none_of_ebays_reaches_no_other_path(ebay: Ebay, notices: Notices) -> None:
    """It would be a part of the path."""
    ebay.on("POST", f"{BASE}/subscription/unknown/test", refusal(404, 195013))
    with pytest.raises(NotFoundError):
        await channel(ebay).test_subscription(told(identity="../destination/d-1"))
