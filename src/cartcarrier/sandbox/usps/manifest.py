"""When a label is reported to the post: by itself half past midnight Central time, by a SCAN form earlier (guide §0.7, §5)."""

from datetime import date, datetime, time, timedelta
from typing import Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps.account import created_at
from cartcarrier.sandbox.usps.geography import CENTRAL

MANIFEST_TIME: Final = time(0, 30)
FILE_DELAY: Final = timedelta(minutes=15)


def manifested_at(label: Document) -> datetime:
    """Return when the Shipping Services File with this label goes out; until then it can be cancelled."""
    if label["immediate"]:
        return created_at(label) + FILE_DELAY
    if label["kind"] == "return":
        day = created_at(label).astimezone(CENTRAL).date() + timedelta(days=1)
    else:
        day = date.fromisoformat(label["mailing_date"]) + timedelta(days=1)
    automatic = datetime.combine(day, MANIFEST_TIME, CENTRAL)
    if label["scan_form"] is None:
        return automatic
    return min(automatic, datetime.fromisoformat(label["scan_form"]["at"]) + FILE_DELAY)


def is_manifested(label: Document, now: datetime) -> bool:
    """Say whether the file with this label has gone out."""
    return label["status"] != "CANCELED" and manifested_at(label) <= now
