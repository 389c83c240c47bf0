"""Feeds: documents uploaded to presigned addresses, queued, worked through by the clock, and answered with a report.

Facts: field guide amazon.md §2.9 and §3.2.
"""

import base64
import gzip
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from cartcarrier.sandbox.amazon._call import Answer, Call, text_of
from cartcarrier.sandbox.amazon._errors import InvalidInputError, RefusedError
from cartcarrier.sandbox.amazon._feed_work import FEED_TYPES, FeedWork
from cartcarrier.sandbox.amazon._messages import Messages
from cartcarrier.sandbox.amazon._pages import Pages
from cartcarrier.sandbox.amazon._routes import UPLOAD_PATH
from cartcarrier.sandbox.amazon._world import Document, World

URL_SECONDS: Final = 300
KEPT_SECONDS: Final = 90 * 86_400
_FINAL: Final = frozenset({"DONE", "CANCELLED", "FATAL"})
_STATUSES: Final = _FINAL | {"IN_QUEUE", "IN_PROGRESS"}
_LOOSE: Final = frozenset({"nextToken"})


class UploadError(Exception):
    """The storage behind a presigned address says no; its words are XML, not JSON.

    Args:
        status: The HTTP status.
        code: The storage's code.
        message: Its words.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> bytes:
        """Return the answer's body."""
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        return f"{head}<Error><Code>{self.code}</Code><Message>{self.message}</Message></Error>".encode()


class Feeds:
    """The operations on feeds and their documents.

    Args:
        world: The platform's memory.
        pages: Makes page tokens.
        work: Does what feeds say.
        messages: Where notifications go.
    """

    def __init__(self, world: World, pages: Pages, work: FeedWork, messages: Messages) -> None:
        self._world = world
        self._pages = pages
        self._work = work
        self._messages = messages
        self._key = f"documents:{world.seed}".encode()

    # --- documents ----------------------------------------------------------------------------------------------------

    def create_document(self, call: Call) -> Answer:
        """Answer ``createFeedDocument``: an id, and an address to upload to within five minutes."""
        content_type = text_of(call.json(), "contentType")
        with self._world.transaction():
            id_ = self._document_id(call.region)
            self._world.put(
                "document",
                id_,
                {"region": call.region, "content_type": content_type, "content": None, "compression": None},
            )
        return Answer({"feedDocumentId": id_, "url": self._presign("PUT", id_, call.origin)}, status=201)

    def get_document(self, call: Call) -> Answer:
        """Answer ``getFeedDocument``: an address to download from within five minutes.

        Raises:
            RefusedError: There is no such document.
        """
        id_ = call.path["feedDocumentId"]
        row = self._world.get("document", id_)
        if row is None or row["region"] != call.region:
            raise RefusedError(404, f"The feed document {id_} was not found.")
        body: Document = {"feedDocumentId": id_, "url": self._presign("GET", id_, call.origin)}
        if row["compression"]:
            body["compressionAlgorithm"] = row["compression"]
        return Answer(body)

    def upload(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], content: bytes) -> None:
        """Take a document at its presigned address.

        Raises:
            UploadError: The address is wrong or too old, the type is not the declared one, or other credentials came along.
        """
        row, id_ = self._presigned("PUT", path, query)
        if {"authorization", "x-amz-access-token"} & set(headers):
            raise UploadError(400, "InvalidArgument", "Only one auth mechanism allowed")
        if headers.get("content-type", "").replace(" ", "") != row["content_type"].replace(" ", ""):
            raise UploadError(403, "SignatureDoesNotMatch", "The Content-Type is not the one that was signed")
        self._world.put("document", id_, {**row, "content": base64.b64encode(content).decode()})

    def download(self, path: str, query: Mapping[str, str]) -> bytes:
        """Return a document from its presigned address, compressed if it is.

        Raises:
            UploadError: The address is wrong or too old, or nothing is there.
        """
        row, _ = self._presigned("GET", path, query)
        if row["content"] is None:
            raise UploadError(404, "NoSuchKey", "The specified key does not exist.")
        return base64.b64decode(row["content"])

    def _presign(self, method: str, id_: str, origin: str) -> str:
        until = self._world.stamp(URL_SECONDS)
        query = urlencode({"X-Amz-Until": until, "X-Amz-Signature": self._signature(method, id_, until)})
        return f"{origin}{UPLOAD_PATH}{id_}?{query}"

    def _presigned(self, method: str, path: str, query: Mapping[str, str]) -> tuple[Document, str]:
        id_, until = path.removeprefix(UPLOAD_PATH), query.get("X-Amz-Until", "")
        if not hmac.compare_digest(query.get("X-Amz-Signature", ""), self._signature(method, id_, until)):
            raise UploadError(403, "SignatureDoesNotMatch", "The request signature does not match")
        if until < self._world.stamp():
            raise UploadError(403, "AccessDenied", "Request has expired")
        row = self._world.get("document", id_)
        if row is None:
            raise UploadError(404, "NoSuchKey", "The specified key does not exist.")
        return row, id_

    def _signature(self, method: str, id_: str, until: str) -> str:
        return hmac.new(self._key, f"{method} {id_} {until}".encode(), hashlib.sha256).hexdigest()

    def _document_id(self, region: str) -> str:
        number = self._world.next_number("document")
        return f"amzn1.tortuga.4.{region}.{self._world.draw(f'document:{number}').getrandbits(96):024x}"

    # --- feeds --------------------------------------------------------------------------------------------------------

    def create(self, call: Call) -> Answer:
        """Answer ``createFeed``. A second call makes a second feed.

        Raises:
            RefusedError: An unknown type, wrong marketplaces, or a document that is not there or was never uploaded.
        """
        body = call.json()
        kind = text_of(body, "feedType")
        if kind not in FEED_TYPES:
            raise InvalidInputError(f"Feed type {kind} is not supported.")
        ids = body.get("marketplaceIds")
        if not isinstance(ids, list) or not 1 <= len(ids) <= 25:
            raise InvalidInputError("marketplaceIds must have 1 to 25 entries.")
        marketplaces = [call.marketplace(id_).id for id_ in ids]
        document_id = text_of(body, "inputFeedDocumentId")
        document = self._world.get("document", document_id)
        if document is None or document["region"] != call.region or document["content"] is None:
            raise InvalidInputError(f"The feed document {document_id} does not exist, or nothing was uploaded.")
        with self._world.transaction():
            number = self._world.next_number("feed")
            id_ = str(50_000_000_000 + number)
            begins = self._world.switch("feed_queue_seconds")
            self._world.put(
                "feed",
                f"{call.region}:{id_}",
                {
                    "id": id_,
                    "region": call.region,
                    "type": kind,
                    "marketplaces": marketplaces,
                    "document": document_id,
                    "created": self._world.stamp(),
                    "begins": self._world.stamp(begins),
                    "ends": self._world.stamp(begins + self._world.switch("feed_work_seconds")),
                    "status": "IN_QUEUE",
                    "started": None,
                    "ended": None,
                    "result": None,
                    "fate": self._fate(),
                },
            )
        return Answer({"feedId": id_}, status=202)

    def get(self, call: Call) -> Answer:
        """Answer ``getFeed``.

        Raises:
            RefusedError: There is no such feed.
        """
        return Answer(_view(self._feed(call)))

    def list(self, call: Call) -> Answer:
        """Answer ``getFeeds``, newest first; feeds are kept 90 days.

        Raises:
            RefusedError: A parameter is wrong.
        """
        token = call.query.get("nextToken")
        if token is None and not call.query.get("feedTypes"):
            raise InvalidInputError("Either feedTypes or nextToken is required.")
        kinds = set(call.values("feedTypes", most=10))
        marketplaces = set(call.values("marketplaceIds", most=10))
        statuses = set(call.values("processingStatuses", allowed=_STATUSES))
        size = call.number("pageSize", default=10, least=1, most=100)
        since = call.time("createdSince") or self._world.stamp(-KEPT_SECONDS)
        until = call.time("createdUntil") or self._world.stamp()
        start = self._pages.read(token, call, _LOOSE)["start"] if token else 0
        rows = [
            feed
            for feed in reversed(list(self._world.table("feed").values()))
            if feed["region"] == call.region
            and since <= feed["created"] <= until
            and (not kinds or feed["type"] in kinds)
            and (not marketplaces or marketplaces & set(feed["marketplaces"]))
            and (not statuses or feed["status"] in statuses)
        ]
        body: Document = {"feeds": [_view(feed) for feed in rows[start : start + size]]}
        if start + size < len(rows):
            body["nextToken"] = self._pages.make({"start": start + size}, call, _LOOSE, seconds=3600)
        return Answer(body)

    def cancel(self, call: Call) -> Answer:
        """Answer ``cancelFeed``: only a feed that still waits can be cancelled.

        Raises:
            RefusedError: There is no such feed, or it is being worked on.
        """
        feed = self._feed(call)
        if feed["status"] != "IN_QUEUE":
            raise InvalidInputError(f"The feed cannot be cancelled: it is {feed['status']}.")
        with self._world.transaction():
            self._finish(feed, "CANCELLED", None)
        return Answer({})

    def _feed(self, call: Call) -> Document:
        feed = self._world.get("feed", f"{call.region}:{call.path['feedId']}")
        if feed is None or feed["created"] < self._world.stamp(-KEPT_SECONDS):
            raise RefusedError(404, f"The feed {call.path['feedId']} was not found.")
        return feed

    def _fate(self) -> str:
        ordered = list(self._world.table("fate").items())
        if not ordered:
            return "DONE"
        self._world.drop("fate", ordered[0][0])
        return str(ordered[0][1]["status"])

    # --- by the clock -------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Begin and end feeds whose time has come."""
        now = self._world.stamp()
        for feed in list(self._world.table("feed").values()):
            if feed["status"] in _FINAL or feed["begins"] > now:
                continue
            if feed["status"] == "IN_QUEUE":
                feed = {**feed, "status": "IN_PROGRESS", "started": feed["begins"]}  # noqa: PLW2901 - the same feed, further on
                self._world.put("feed", feed["key"], feed)
            if feed["ends"] <= now:
                with self._world.transaction():
                    self._end(feed)

    def _end(self, feed: Document) -> None:
        if feed["fate"] == "CANCELLED":
            self._finish(feed, "CANCELLED", None)
            return
        document = self._world.get("document", feed["document"])
        content = base64.b64decode(document["content"]) if document else b""
        report = self._work.run(feed, content, only_half=feed["fate"] == "FATAL")
        if report is None or feed["fate"] == "FATAL":
            self._finish(feed, "FATAL", report)
        else:
            self._finish(feed, "DONE", report)

    def _finish(self, feed: Document, status: str, report: bytes | None) -> None:
        result = None if report is None else self._store(feed["region"], report)
        feed = {**feed, "status": status, "started": feed["started"], "ended": self._world.stamp(), "result": result}
        self._world.put("feed", feed["key"], feed)
        self._messages.feed_finished(feed)

    def _store(self, region: str, report: bytes) -> str:
        id_ = self._document_id(region)
        packed = len(report) > self._world.switch("result_gzip_above")
        content = gzip.compress(report, mtime=0) if packed else report
        self._world.put(
            "document",
            id_,
            {
                "region": region,
                "content_type": "application/octet-stream",
                "content": base64.b64encode(content).decode(),
                "compression": "GZIP" if packed else None,
            },
        )
        return id_


def _view(feed: Document) -> Document:
    view = {
        "feedId": feed["id"],
        "feedType": feed["type"],
        "marketplaceIds": feed["marketplaces"],
        "createdTime": feed["created"],
        "processingStatus": feed["status"],
        "processingStartTime": feed["started"],
        "processingEndTime": feed["ended"],
        "resultFeedDocumentId": feed["result"],
    }
    return {name: value for name, value in view.items() if value is not None}
