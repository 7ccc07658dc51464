"""Control access to the service: hosts, keys, rate limits, and other sites (CORS).

Each control is off unless configured.
"""

import hmac
import math
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from http import HTTPStatus

from flask import Flask, Response, current_app, request
from flask_cors import CORS
from flask_limiter import Limiter
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, TooManyRequests, Unauthorized
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from web.error_handlers import RETRY_AFTER_S
from web.settings import Settings

_PROTECTED = ("/api/", "/metrics")
_WRONG_KEYS = RateLimitItemPerMinute(10)  # from one address


def register_keys(app: Flask, settings: Settings) -> None:
    """Register the checks of where a request comes from: proxies, host, other sites, and keys."""
    if proxies := settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's own way of wrapping
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    if settings.hosts:
        app.before_request(lambda: _require_host(settings.hosts))
    if settings.cors_origins:
        CORS(
            app,
            resources={r"/api/*": {"origins": settings.cors_origins}},
            methods=["GET", "HEAD", "POST"],
            allow_headers=["Content-Type", "X-API-Key", "Authorization", "If-None-Match"],
            expose_headers=["ETag", "Retry-After", "X-Request-ID", "Server-Timing"],
        )
    if settings.api_keys:
        limiter = FixedWindowRateLimiter(storage_from_string(settings.rate_limit_storage))
        app.before_request(lambda: _require_key(settings.api_keys, limiter))


def needs_key() -> bool:
    """Return whether the app that answers the current request requires keys."""
    settings: Settings = current_app.config["SETTINGS"]
    return bool(settings.api_keys)


def register_rate_limit(app: Flask, settings: Settings, count_searches: Callable[[], int]) -> None:
    """Register the rate limit, if one is configured.

    `count_searches` returns how many searches the current request counts as.
    """
    if settings.rate_limit is None:
        return
    # Registered before the limiter's own hook, so that it runs after that hook.
    app.after_request(_correct_retry_after)
    limiter = Limiter(
        lambda: _identify_caller(settings.api_keys),
        app=app,
        application_limits=[settings.rate_limit],
        application_limits_cost=count_searches,
        headers_enabled=True,
        storage_uri=settings.rate_limit_storage,
    )
    limiter.request_filter(_is_unlimited)


def _identify_caller(digests: Sequence[str]) -> str:
    """Return the identity that requests are counted under: the key's digest, or else the address.

    An unknown key is ignored: a caller who sent a new key with each request would have no limit.
    """
    digest = _digest(_read_request_key())
    return digest if _is_known(digest, digests) else request.remote_addr or "unknown"


def _correct_retry_after(response: Response) -> Response:
    """Remove the Retry-After that the limiter sets on every answer, except from its refusals."""
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    elif response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        response.headers.pop("Retry-After", None)
    return response


def _is_unlimited() -> bool:
    return request.blueprint in ("probes", "documentation", "assets")


def _require_host(hosts: Sequence[str]) -> None:
    """Refuse a host that is not the service's own: pages and feeds repeat the host in addresses."""
    # A monitor reaches a process by its IP address.
    if request.blueprint != "probes" and not host_is_trusted(request.host, hosts):
        raise BadRequest("the Host of the request is no host name of this service")


def _require_key(digests: Sequence[str], failures: FixedWindowRateLimiter) -> None:
    if not request.path.startswith(_PROTECTED) or request.method == "OPTIONS":
        return
    caller = request.remote_addr or "unknown"
    # This test comes before the comparison of keys: guessing stops, and the right key fails too.
    if not failures.test(_WRONG_KEYS, caller):
        retry_after_s = math.ceil(
            failures.get_window_stats(_WRONG_KEYS, caller).reset_time - time.time()
        )
        raise TooManyRequests(
            "too many wrong keys from this address", retry_after=max(1, retry_after_s)
        )
    key = _read_request_key()
    if not _is_known(_digest(key), digests):
        if key:
            failures.hit(_WRONG_KEYS, caller)
        raise Unauthorized(
            "give a key as X-API-Key or as a bearer token",
            www_authenticate=WWWAuthenticate("bearer"),
        )


def _is_known(request_digest: str, digests: Sequence[str]) -> bool:
    # All digests are compared, each in constant time: the time reveals nothing about a key.
    return any([hmac.compare_digest(request_digest, digest) for digest in digests])


def _read_request_key() -> str:
    bearer = request.authorization
    token = bearer.token if bearer is not None and bearer.type == "bearer" else None
    return request.headers.get("X-API-Key") or token or ""


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
