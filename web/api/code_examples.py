"""Write how a program calls an operation of the API: with curl, in Python, and in JavaScript.

An example sends what the description gives as the example of each required parameter, of `q`, and
of the body.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote as quote_for_shell
from typing import Self
from urllib.parse import quote

from web.api.openapi import Json

_KEY_HEADER = {"X-API-Key": "KEY"}
_JSON_HEADER = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class CodeExample:
    """The same call as every other example of its operation, in one language of programs."""

    language: str
    code: str


@dataclass(frozen=True, slots=True)
class _Call:
    address: str
    method: str
    query: dict[str, str]
    headers: dict[str, str]
    body: object | None

    @classmethod
    def of(cls, address: str, method: str, operation: Json, *, needs_key: bool) -> Self:
        query = {}
        for parameter in operation.get("parameters", ()):
            name, example = parameter["name"], parameter.get("example")
            if parameter["in"] == "path":
                address = address.replace(f"{{{name}}}", quote(example))
            elif parameter["required"] or name == "q":
                query[name] = example[0] if isinstance(example, list) else example
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        has_key = needs_key and operation.get("security") != []
        headers = _KEY_HEADER if has_key else {}
        return cls(address, method.upper(), query, headers, body.get("example"))


def write_examples(
    address: str, method: str, operation: Json, *, needs_key: bool
) -> tuple[CodeExample, ...]:
    """Write the examples of one operation, whose address may hold the names of path parameters."""
    call = _Call.of(address, method, operation, needs_key=needs_key)
    return (
        CodeExample("curl", _write_curl(call)),
        CodeExample("Python", _write_python(call)),
        CodeExample("JavaScript", _write_javascript(call)),
    )


def _write_curl(call: _Call) -> str:
    fields = [("header", f"{name}: {value}") for name, value in _list_headers(call).items()]
    fields += [("data-urlencode", f"{name}={value}") for name, value in call.query.items()]
    if call.body is not None:
        fields.append(("data", _write_json(call.body)))
    lines = [f"--{option} {quote_for_shell(value)}" for option, value in fields]
    command = "curl --get" if call.query else "curl"
    return " \\\n  ".join([f"{command} {quote_for_shell(call.address)}", *lines])


def _write_python(call: _Call) -> str:
    arguments = [_write_json(call.address)]
    if call.query:
        arguments.append(f"params={_write_json(call.query)}")
    if call.headers:
        arguments.append(f"headers={_write_json(call.headers)}")
    if call.body is not None:
        arguments.append(f"json={_write_json(call.body)}")
    lines = "".join(f"    {argument},\n" for argument in [*arguments, "timeout=10"])
    function = f"requests.{call.method.lower()}"
    return f"import requests\n\nanswer = {function}(\n{lines})\nprint(answer.json())"


def _write_javascript(call: _Call) -> str:
    address = call.address
    lines = []
    if call.query:
        lines.append(f"const query = new URLSearchParams({_write_json(call.query)});")
        address += "?${query}"
    options = "".join(f"  {option},\n" for option in _list_fetch_options(call))
    argument = f"`{address}`, {{\n{options}}}" if options else f"`{address}`"
    lines += [f"const answer = await fetch({argument});", "console.log(await answer.json());"]
    return "\n".join(lines)


def _list_fetch_options(call: _Call) -> Iterator[str]:
    if call.method != "GET":
        yield f"method: {_write_json(call.method)}"
    if headers := _list_headers(call):
        yield f"headers: {_write_json(headers)}"
    if call.body is not None:
        yield f"body: JSON.stringify({_write_json(call.body)})"


def _list_headers(call: _Call) -> dict[str, str]:
    """Return the headers that a program writes where its library does not know of JSON."""
    return call.headers if call.body is None else call.headers | _JSON_HEADER


def _write_json(value: object) -> str:
    """Write strings, numbers, lists and objects, which Python and JavaScript write alike."""
    return json.dumps(value, ensure_ascii=False)
