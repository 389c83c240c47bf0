"""Feed documents, and feeds as things that can be listed and cancelled."""

import json

import pytest

from tests.sandbox.amazon.client import NA, US, AmazonClient, Json, listings_feed
from tests.sandbox.amazon.feed_calls import CANCEL, FEEDS, JSON_TYPE, LISTINGS, WHOLE, document, seller_of, update


async def test_upload_goes_to_another_host_without_credentials(amazon: AmazonClient) -> None:
    """The address is signed; other credentials beside it are refused."""
    made = await document(amazon)
    assert made["url"].startswith("https://tortuga-prod-na.s3.amazonaws.com/")
    for header in ("x-amz-access-token", "authorization"):
        refused = await amazon.http.put(
            made["url"], content=b"{}", headers={"content-type": JSON_TYPE, header: str(amazon.token)}
        )
        assert refused.status_code == 400
        assert refused.headers["content-type"].startswith("application/xml")


async def test_upload_with_another_type_is_refused(amazon: AmazonClient) -> None:
    """The type is signed too."""
    made = await document(amazon)
    refused = await amazon.http.put(made["url"], content=b"{}", headers={"content-type": "text/plain"})
    assert (refused.status_code, b"SignatureDoesNotMatch" in refused.content) == (403, True)


async def test_presigned_address_lives_five_minutes(amazon: AmazonClient) -> None:
    """For reading reports too."""
    made = await document(amazon)
    amazon.clock.advance(301)
    refused = await amazon.http.put(made["url"], content=b"{}", headers={"content-type": JSON_TYPE})
    assert (refused.status_code, b"expired" in refused.content) == (403, True)
    state, _ = await update(amazon, listings_feed({"MUG-RED-01": 1}, seller_of(amazon)))
    url = (await amazon.get(f"/feeds/2021-06-30/documents/{state['resultFeedDocumentId']}")).json()["url"]
    assert (await amazon.http.get(url)).status_code == 200
    amazon.clock.advance(301)
    assert (await amazon.http.get(url)).status_code == 403


async def test_address_cannot_be_changed(amazon: AmazonClient) -> None:
    """Neither the document nor the method."""
    made, other = await document(amazon), await document(amazon)
    forged = made["url"].replace(made["feedDocumentId"], other["feedDocumentId"])
    assert (await amazon.http.put(forged, content=b"", headers={"content-type": JSON_TYPE})).status_code == 403
    assert (await amazon.http.get(made["url"])).status_code == 403


async def test_address_lies_where_the_simulator_is_served(amazon: AmazonClient) -> None:
    """Over HTTP there is one host: the upload goes there."""
    amazon.host = "http://127.0.0.1:8700"
    assert (await document(amazon))["url"].startswith("http://127.0.0.1:8700/amazon/tortuga/")
    feed_id = await amazon.feed(LISTINGS, listings_feed({"MUG-RED-01": 1}, seller_of(amazon)), JSON_TYPE)
    amazon.clock.advance(WHOLE)
    assert json.loads(await amazon.report(feed_id))["summary"]["messagesAccepted"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"feedType": "POST_INVENTORY_AVAILABILITY_DATA"},
        {"feedType": None},
        {"marketplaceIds": []},
        {"marketplaceIds": [US] * 26},
        {"marketplaceIds": ["A1PA6795UKMFR9"]},
        {"inputFeedDocumentId": "amzn1.tortuga.4.na.unknown"},
    ],
    ids=str,
)
async def test_wrong_feed_is_refused(amazon: AmazonClient, change: Json) -> None:
    """Removed types, wrong marketplaces, documents that are not there."""
    made = await amazon.upload(b"{}", JSON_TYPE)
    body = {"feedType": LISTINGS, "marketplaceIds": [US], "inputFeedDocumentId": made, **change}
    assert (await amazon.call("POST", FEEDS, json=body)).status_code == 400
    assert amazon.simulator.feeds() == []


async def test_document_that_was_never_uploaded_is_refused(amazon: AmazonClient) -> None:
    """The upload comes first."""
    made = (await document(amazon))["feedDocumentId"]
    assert (await amazon.create_feed(LISTINGS, made)).status_code == 400


async def test_second_creation_is_a_second_feed(amazon: AmazonClient) -> None:
    """There is no key: who lost an answer must look into the list."""
    made = await amazon.upload(listings_feed({"MUG-RED-01": 1}, seller_of(amazon)), JSON_TYPE)
    ids = [(await amazon.create_feed(LISTINGS, made)).json()["feedId"] for _ in range(2)]
    listed = (await amazon.get(FEEDS, feedTypes=LISTINGS)).json()["feeds"]
    assert [feed["feedId"] for feed in listed] == ids[::-1]


async def test_list_of_feeds_filters_and_pages(amazon: AmazonClient) -> None:
    """By type, state and time."""
    made = await amazon.upload(listings_feed({"MUG-RED-01": 1}, seller_of(amazon)), JSON_TYPE)
    first = (await amazon.create_feed(LISTINGS, made)).json()["feedId"]
    amazon.clock.advance(WHOLE)
    second = (await amazon.create_feed(CANCEL, made)).json()["feedId"]

    async def listed(**query: str) -> list[str]:
        answer = await amazon.get(FEEDS, feedTypes=f"{LISTINGS},{CANCEL}", **query)
        assert answer.status_code == 200, answer.text
        return [feed["feedId"] for feed in answer.json()["feeds"]]

    assert await listed() == [second, first]
    assert await listed(processingStatuses="DONE") == [first]
    assert await listed(createdSince="2026-01-05T12:01:00Z") == [second]
    assert await listed(marketplaceIds="A2EUQ1WTGCTBG2") == []
    page = (await amazon.get(FEEDS, feedTypes=f"{LISTINGS},{CANCEL}", pageSize="1")).json()
    assert await listed(pageSize="1", nextToken=page["nextToken"]) == [first]


@pytest.mark.parametrize(
    "query",
    [{}, {"feedTypes": LISTINGS, "processingStatuses": "READY"}, {"feedTypes": LISTINGS, "pageSize": "101"}],
    ids=["no type", "status", "page"],
)
async def test_list_of_feeds_refuses(amazon: AmazonClient, query: dict[str, str]) -> None:
    """Each rule, broken."""
    assert (await amazon.get(FEEDS, **query)).status_code == 400


async def test_waiting_feed_can_be_cancelled_and_no_other(amazon: AmazonClient) -> None:
    """What is being worked on goes on."""
    made = await amazon.upload(listings_feed({"MUG-RED-01": 1}, seller_of(amazon)), JSON_TYPE)
    first, second = [(await amazon.create_feed(LISTINGS, made)).json()["feedId"] for _ in range(2)]
    assert (await amazon.call("DELETE", f"{FEEDS}/{first}")).status_code == 200
    amazon.clock.advance(30)
    assert (await amazon.call("DELETE", f"{FEEDS}/{second}")).status_code == 400
    assert (await amazon.feed_state(first))["processingStatus"] == "CANCELLED"


async def test_feed_is_forgotten_after_ninety_days(amazon: AmazonClient) -> None:
    """And unknown ids are not found."""
    feed_id = await amazon.feed(LISTINGS, listings_feed({"MUG-RED-01": 1}, seller_of(amazon)), JSON_TYPE)
    amazon.clock.advance(90 * 86_400 + 1)
    await amazon.log_in()
    assert (await amazon.get(f"{FEEDS}/{feed_id}")).status_code == 404
    assert (await amazon.get(f"{FEEDS}/1")).status_code == 404
    assert (await amazon.get("/feeds/2021-06-30/documents/x")).status_code == 404
    assert amazon.host == NA
