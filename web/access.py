"""Control access to the service: hosts, keys, rate limits, and other sites (CORS).

Each control is off unless configured.
"""

import hmac
import math
import re
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from http import HTTPStatus
from ipaddress import ip_address

from flask import Flask, Response, request
from flask_cors import CORS
from flask_limiter import Limiter
from limits import RateLimitItemPerMinute, parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, TooManyRequests, Unauthorized
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from search.errors import SearchError
from web.error_handlers import RETRY_AFTER_S

_PROTECTED = ("/api/", "/metrics")
_WRONG_KEYS = RateLimitItemPerMinute(10)  # from one address
_DIGEST = re.compile(r"[0-9a-f]{64}")


class SettingError(SearchError):
    """A setting of the service that cannot be used."""


def register_keys(app: Flask) -> None:
    """Register the checks of where a request comes from: proxies, host, other sites, and keys.

    Raises:
        SettingError: a setting is malformed.
    """
    if proxies := read_whole_number(app, "PROXIES", 0):
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's own way of wrapping
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    if hosts := _split_setting(app, "HOSTS"):
        app.before_request(lambda: _require_host(hosts))
    if origins := _split_setting(app, "CORS_ORIGINS"):
        CORS(
            app,
            resources={r"/api/*": {"origins": origins}},
            methods=["GET", "HEAD", "POST"],
            allow_headers=["Content-Type", "X-API-Key", "Authorization", "If-None-Match"],
            expose_headers=["ETag", "Retry-After", "X-Request-ID", "Server-Timing"],
        )
    if digests := _read_digests(app):
        limiter = FixedWindowRateLimiter(storage_from_string(_read_storage_uri(app)))
        app.before_request(lambda: _require_key(digests, limiter))


def register_rate_limit(app: Flask, count_searches: Callable[[], int]) -> None:
    """Register the rate limit, if one is configured.

    `count_searches` returns how many searches the current request counts as.

    Raises:
        SettingError: the rate is malformed.
    """
    if rate := app.config.get("RATE_LIMIT"):
        _limit_rate(app, str(rate), _read_digests(app), count_searches)


def read_whole_number(app: Flask, name: str, default: int, *, minimum: int = 0) -> int:
    """Read a setting that is a whole number.

    Raises:
        SettingError: it is not a whole number, or less than `minimum`.
    """
    value = app.config.get(name)
    text = str(default if value in (None, "") else value)
    if not text.isdecimal() or int(text) < minimum:
        raise SettingError(f"ARSHIF_{name} is {text!r}: expected a whole number from {minimum} on")
    return int(text)


def requires_key(app: Flask) -> bool:
    """Return whether calls to the API need a key."""
    return bool(_split_setting(app, "API_KEYS"))


def list_warnings(app: Flask, host: str) -> list[str]:
    """Return the risks that an operator takes where other machines can reach the service."""
    if _is_loopback(host):
        return []
    is_set_by_risk = {
        "any program may call the API (set ARSHIF_API_KEYS)": requires_key(app),
        "as often as it likes (set ARSHIF_RATE_LIMIT)": bool(app.config.get("RATE_LIMIT")),
        "feeds repeat whichever host a client names (set ARSHIF_HOSTS)": bool(
            app.config.get("HOSTS")
        ),
    }
    return [f"listening on {host}: {risk}" for risk, is_set in is_set_by_risk.items() if not is_set]


def _limit_rate(
    app: Flask, rate: str, digests: Sequence[str], count_searches: Callable[[], int]
) -> None:
    try:
        parse(rate)
    except ValueError as error:
        raise SettingError(
            f"ARSHIF_RATE_LIMIT is {rate!r}: expected such as '60 per minute'"
        ) from error
    # Registered before the limiter's own hook, so that it runs after that hook.
    app.after_request(_correct_retry_after)
    limiter = Limiter(
        lambda: _identify_caller(digests),
        app=app,
        application_limits=[rate],
        application_limits_cost=count_searches,
        headers_enabled=True,
        storage_uri=_read_storage_uri(app),
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
        raise BadRequest("the Host of the request is none of this service")


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


def _read_digests(app: Flask) -> list[str]:
    digests = _split_setting(app, "API_KEYS")
    for number, digest in enumerate(digests, start=1):
        if not _DIGEST.fullmatch(digest):  # the message omits it: it may be a key
            raise SettingError(
                f"entry {number} of ARSHIF_API_KEYS is no SHA-256 in hexadecimal:"
                " give digests of keys, not the keys (printf %s KEY | sha256sum)"
            )
    return digests


def _split_setting(app: Flask, name: str) -> list[str]:
    return [part.strip() for part in str(app.config.get(name) or "").split(",") if part.strip()]


def _read_storage_uri(app: Flask) -> str:
    return str(app.config.get("RATE_LIMIT_STORAGE") or "memory://")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
