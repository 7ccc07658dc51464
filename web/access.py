"""Who may use the API and how often: keys, rate limits, other sites. All off unless configured."""

import hmac
import re
from collections.abc import Sequence
from hashlib import sha256
from http import HTTPStatus
from ipaddress import ip_address

from flask import Flask, Response, request
from flask_cors import CORS
from flask_limiter import Limiter
from limits import parse
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.middleware.proxy_fix import ProxyFix

from search.errors import SearchError
from web.api.batch import cost
from web.error_handlers import COME_BACK_S

_FOR_KEYS = ("/api/", "/metrics")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class SettingError(SearchError):
    """A setting of the service that cannot be used."""


def register(app: Flask) -> None:
    """Set up what the configuration asks for.

    Raises:
        SettingError: a setting is malformed.
    """
    if proxies := setting(app, "PROXIES", 0):
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's own way of wrapping
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    if origins := _listed(app, "CORS_ORIGINS"):
        CORS(
            app,
            resources={r"/api/*": {"origins": origins}},
            methods=["GET", "HEAD", "POST"],
            allow_headers=["Content-Type", "X-API-Key", "Authorization", "If-None-Match"],
            expose_headers=["ETag", "Retry-After", "X-Request-ID", "Server-Timing"],
        )
    digests = _digests(app)
    if digests:
        app.before_request(lambda: _require_key(digests))
    if rate := app.config.get("RATE_LIMIT"):
        _limit(app, str(rate), digests)


def setting(app: Flask, name: str, assumed: int, *, least: int = 0) -> int:
    """Give a setting that is a whole number.

    Raises:
        SettingError: it is none, or less than `least`.
    """
    given = app.config.get(name)
    written = str(assumed if given in (None, "") else given)
    if not written.isdecimal() or int(written) < least:
        raise SettingError(f"ARSHIF_{name} is {written!r}: expected a whole number from {least} on")
    return int(written)


def wants_key(app: Flask) -> bool:
    return bool(_listed(app, "API_KEYS"))


def warnings(app: Flask, host: str) -> list[str]:
    """Say what an operator should know before the service is reached from elsewhere."""
    if _is_loopback(host):
        return []
    missing = {
        "any program may call the API (set ARSHIF_API_KEYS)": wants_key(app),
        "as often as it likes (set ARSHIF_RATE_LIMIT)": bool(app.config.get("RATE_LIMIT")),
    }
    return [f"listening on {host}: {what}" for what, is_set in missing.items() if not is_set]


def _limit(app: Flask, rate: str, digests: Sequence[str]) -> None:
    try:
        parse(rate)
    except ValueError as error:
        raise SettingError(
            f"ARSHIF_RATE_LIMIT is {rate!r}: expected such as '60 per minute'"
        ) from error
    app.after_request(_say_when_to_come_back)  # before the limiter's own: it runs after that
    limiter = Limiter(
        lambda: _caller(digests),
        app=app,
        application_limits=[rate],
        application_limits_cost=cost,
        headers_enabled=True,
        storage_uri=str(app.config.get("RATE_LIMIT_STORAGE") or "memory://"),
    )
    limiter.request_filter(_is_free)


def _caller(digests: Sequence[str]) -> str:
    """Name who is counted together: the holder of a key, or else an address.

    A key that nobody gave out counts for nothing: with another at each request there is no limit.
    """
    given = _given_digest()
    return given if _is_known(given, digests) else request.remote_addr or "unknown"


def _say_when_to_come_back(response: Response) -> Response:
    """Keep what the limiter says of its own refusals only; it says it of every answer."""
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(COME_BACK_S)
    elif response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        response.headers.pop("Retry-After", None)
    return response


def _is_free() -> bool:
    return request.blueprint in ("probes", "documentation", "assets")


def _require_key(digests: Sequence[str]) -> None:
    if not request.path.startswith(_FOR_KEYS) or request.method == "OPTIONS":
        return
    if not _is_known(_given_digest(), digests):
        raise Unauthorized(
            "give a key as X-API-Key or as a bearer token",
            www_authenticate=WWWAuthenticate("bearer"),
        )


def _is_known(given: str, digests: Sequence[str]) -> bool:
    # All of them, each in constant time: how long it takes tells nothing of any.
    return any([hmac.compare_digest(given, digest) for digest in digests])


def _given_digest() -> str:
    bearer = request.authorization
    token = bearer.token if bearer is not None and bearer.type == "bearer" else None
    return sha256((request.headers.get("X-API-Key") or token or "").encode()).hexdigest()


def _digests(app: Flask) -> list[str]:
    digests = _listed(app, "API_KEYS")
    for place, digest in enumerate(digests, start=1):
        if not _DIGEST.fullmatch(digest):  # not repeated here: it may be a key itself
            raise SettingError(
                f"entry {place} of ARSHIF_API_KEYS is no SHA-256 in hexadecimal:"
                " give digests of keys, not the keys (printf %s KEY | sha256sum)"
            )
    return digests


def _listed(app: Flask, name: str) -> list[str]:
    return [part.strip() for part in str(app.config.get(name) or "").split(",") if part.strip()]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
