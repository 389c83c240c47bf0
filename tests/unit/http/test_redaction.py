import io
import logging

import pytest

from cartcarrier.http import RedactingFilter, redact

CANARIES = {
    "bearer": "Authorization: Bearer eyJhbGciOi.CANARY.sig",
    "plain bearer": "bearer CANARY12345",
    "iaf": "Authorization: IAF v^1.1#CANARY",
    "basic": "authorization=Basic Q0FOQVJZOkNBTkFSWQCANARY==",
    "form": "grant_type=refresh_token&refresh_token=CANARY&x=1",
    "json": '{"client_secret": "CANARY", "a": 1}',
    "repr": "{'access_token': 'CANARY'}",
    "shopify": "shpat_0123456789abcdefCANARY",
    "shopify secret": "the secret shpss_0123456789CANARY",
    "shopify header": "X-Shopify-Access-Token: CANARY",
    "amazon token": "Atza|IwEBICANARY",
    "amazon refresh": "Atzr|IwEBICANARY",
    "amazon secret": "amzn1.oa2-cs.v1.CANARY",
    "ebay": "v^1.1#i^1#CANARY",
    "payment": '"paymentAuthorizationToken": "CANARY"',
    "jwt": "token is eyJhbGciOiJSUzI1NiJ9.CANARYCANARY.sig",
    "mail": "write to CANARY.jane+x@shop.example.com",
    "encoded mail": "?email=CANARY%40shop.example",
    "userinfo": "https://user:CANARY@host.example/x",
    "password": "password=CANARY",
}


@pytest.mark.parametrize("text", CANARIES.values(), ids=CANARIES.keys())
def test_no_canary_survives(text: str) -> None:
    """One secret in one log is a leaked account."""
    assert "CANARY" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "POST /v1/shipments: 200 in 0.1 s",
        "UPS refused to void 1Z999AA10123456784: already voided (190117)",
        "3 tokens, basic rates",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    """Logs that are all mask are no logs."""
    assert redact(text) == text


def logged(filter_: RedactingFilter, message: str, *args: object, error: BaseException | None = None) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(filter_)
    logger = logging.Logger("test")  # noqa: LOG001 - one of its own, out of the tree
    logger.addHandler(handler)
    logger.warning(message, *args, exc_info=error)
    return stream.getvalue()


def test_the_filter_masks_arguments_queries_and_registered_secrets() -> None:
    """Secrets come in as arguments, in addresses, and in forms that no pattern knows."""
    filter_ = RedactingFilter(["hunter22"])
    filter_.register("correct horse")
    text = logged(filter_, "%s %s %s", "correct horse", "hunter22", "https://x.example/p?name=Jane#f")
    assert text.strip() == "[redacted] [redacted] https://x.example/p"


def test_the_filter_masks_tracebacks() -> None:
    """Most secrets reach a log through an exception."""
    with pytest.raises(ValueError, match="refresh") as caught:
        int("refresh_token=CANARY")
    text = logged(RedactingFilter(), "failed", error=caught.value)
    assert "ValueError" in text
    assert "CANARY" not in text


def test_the_filter_shows_no_secret_itself() -> None:
    """Handlers and their filters are printed in debug output."""
    assert "hunter22" not in repr(RedactingFilter(["hunter22"]))


def test_short_secrets_do_not_mask_words() -> None:
    """A secret of two letters would black out every text."""
    assert logged(RedactingFilter(["a", ""]), "a cart").strip() == "a cart"
