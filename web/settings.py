"""Read the settings of the service: the variable `ARSHIF_HOSTS` sets `hosts`."""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from search.errors import SearchError

_PREFIX = "ARSHIF_"


class SettingError(SearchError):
    """A setting of the service that cannot be used."""


def _split(text: object) -> list[str]:
    return [part.strip() for part in str(text).split(",") if part.strip()]


def _check_rate(text: str) -> str:
    from limits import parse  # as slow to import as pydantic, and seldom needed

    parse(text)
    return text


def _check_storage(address: str) -> str:
    from limits.storage import Storage, storage_from_string

    try:
        storage = storage_from_string(address)
    except Exception as error:  # the client of each store has errors of its own
        raise ValueError("unknown scheme, no client installed, or no store there") from error
    if not isinstance(storage, Storage):  # such as async+memory://
        raise ValueError("asynchronous storage")
    return address


_T = TypeVar("_T")
_Entries: TypeAlias = Annotated[tuple[_T, ...], BeforeValidator(_split)]
_Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class Settings(BaseModel):
    """The settings of one app; a description completes the message of a refusal."""

    # A wrong entry of API_KEYS may be a key.
    model_config = ConfigDict(alias_generator=str.upper, frozen=True, hide_input_in_errors=True)

    archive: str | Path | None = None
    api_keys: _Entries[_Digest] = Field(
        (),
        description="SHA-256 in hexadecimal:"
        " give digests of keys, not the keys (printf %s KEY | sha256sum)",
    )
    rate_limit: Annotated[str, AfterValidator(_check_rate)] | None = Field(
        None, description="a rate such as '60 per minute'"
    )
    rate_limit_storage: Annotated[str, AfterValidator(_check_storage)] = Field(
        "memory://",
        description="memory://, or the address of a store that runs and whose client is installed,"
        " such as redis://localhost:6379 after `pip install redis`",
    )
    cors_origins: _Entries[str] = ()
    proxies: NonNegativeInt = Field(0, description="a whole number from 0 on")
    hosts: _Entries[str] = ()
    fonts: bool = Field(True, description="1 or 0")
    # While one search runs native code, another runs Python. Four searches at once answered a sixth
    # fewer queries, because they share one interpreter.
    searches_at_once: PositiveInt = Field(2, description="a whole number from 1 on")
    # A search takes milliseconds; after five seconds its reader has left.
    search_limit_s: PositiveFloat = Field(5.0, description="a number of seconds above 0")


def read_settings(config: Mapping[str, object] | None = None) -> Settings:
    """Read the settings from the environment; `config`, without the prefix, overrides it.

    Raises:
        SettingError: a setting cannot be used.
    """
    environment = {
        name.removeprefix(_PREFIX): value
        for name, value in os.environ.items()
        if name.startswith(_PREFIX)
    }
    values = {**environment, **(config or {})}
    try:
        return Settings.model_validate({k: v for k, v in values.items() if v not in (None, "")})
    except ValidationError as error:
        raise SettingError("; ".join(map(_describe, error.errors()))) from error


def list_warnings(settings: Settings, host: str) -> list[str]:
    """Return the risks that an operator takes where other machines can reach the service."""
    if _is_loopback(host):
        return []
    setting_by_risk = {
        "any program may call the API (set ARSHIF_API_KEYS)": settings.api_keys,
        "as often as it likes (set ARSHIF_RATE_LIMIT)": settings.rate_limit,
        "feeds repeat whichever host a client names (set ARSHIF_HOSTS)": settings.hosts,
    }
    return [
        f"listening on {host}: {risk}" for risk, setting in setting_by_risk.items() if not setting
    ]


def _describe(error: ErrorDetails) -> str:
    name, *entry = map(str, error["loc"])
    expected = Settings.model_fields[name.lower()].description
    if entry:
        return f"entry {int(entry[0]) + 1} of {_PREFIX}{name} is not a {expected}"
    found = re.sub("//.*@", "//…@", str(error["input"]))  # an address may hold a password
    return f"{_PREFIX}{name} is {found!r}: expected {expected}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
