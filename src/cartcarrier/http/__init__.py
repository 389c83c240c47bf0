"""Sending requests: sessions, credentials, retries, rate limits, JSON, redaction; the only importer of httpx."""

from cartcarrier.http._auth import Auth, StaticAuth
from cartcarrier.http._authorization import authorization_url, new_code_verifier
from cartcarrier.http._clock import ManualClock, SystemClock
from cartcarrier.http._json import decode_error, json_decoder, json_encode, read_json
from cartcarrier.http._limiter import Limiter, Reservation
from cartcarrier.http._messages import Headers, Request, Response
from cartcarrier.http._oauth import OAuth2Auth
from cartcarrier.http._owner import SessionOwner
from cartcarrier.http._protocols import Clock, Lane, Limit, LimitStore, Token, TokenStore
from cartcarrier.http._redaction import RedactingFilter, redact
from cartcarrier.http._retry import RetryPolicy, parse_retry_after, retry_delay
from cartcarrier.http._session import Session
from cartcarrier.http._status import status_error
from cartcarrier.http._stores import MemoryLimitStore, MemoryTokenStore
from cartcarrier.http._transports import (
    ConnectionDropped,
    HandlerTransport,
    ReceivedRequest,
    asgi_transport,
    handler_transport,
)

__all__ = [
    "Auth",
    "Clock",
    "ConnectionDropped",
    "HandlerTransport",
    "Headers",
    "Lane",
    "Limit",
    "LimitStore",
    "Limiter",
    "ManualClock",
    "MemoryLimitStore",
    "MemoryTokenStore",
    "OAuth2Auth",
    "ReceivedRequest",
    "RedactingFilter",
    "Request",
    "Reservation",
    "Response",
    "RetryPolicy",
    "Session",
    "SessionOwner",
    "StaticAuth",
    "SystemClock",
    "Token",
    "TokenStore",
    "asgi_transport",
    "authorization_url",
    "decode_error",
    "handler_transport",
    "json_decoder",
    "json_encode",
    "new_code_verifier",
    "parse_retry_after",
    "read_json",
    "redact",
    "retry_delay",
    "status_error",
]
