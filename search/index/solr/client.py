"""Requests to a Solr cluster over HTTP: any node answers, and a failed one is left out for a while.

Every value travels as a parameter of a form or in JSON: nothing is pasted into query syntax here.
Credentials and certificates come from the environment, and are in no address and in no message.
"""

import os
import ssl
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

from search.errors import ArchiveError, SearchTimeout

SCHEMES = {"solr+http": "http", "solr+https": "https"}
AUTH, CA, CERTIFICATE = "ARSHIF_SOLR_AUTH", "ARSHIF_SOLR_CA", "ARSHIF_SOLR_CERT"
CONNECT_S, ANSWER_S = 3.0, 60.0
TIME_ALLOWED_S = 10.0  # of a search, after which a node gives up
SEARCH_S = 12.0  # after which a node that searches is given up
TRIES = 8  # of a request, each on another node while there is one
GIVE_UP_S = 40.0  # after which no further try begins
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 3.0
REST_S = 30.0  # a failed node is asked last for this long
# Statuses of an overloaded, stopping or leaderless node: another node, or the same one, may answer.
_PASSING = frozenset({429, 500, 502, 503, 504, 510})
# Reasons of refusals that pass as well: the node has lost ZooKeeper, or it, or another one that it
# was to ask, has just been started.
_PASSING_REASONS = ("Could not load collection from ZK", "is neither a live node of the cluster")
_CONNECTIONS = 64

Answer = dict[str, Any]  # Any: what JSON can hold
Value = str | int | float | bool
Parameters = Mapping[str, Value | Sequence[str]]


class LostAnswerError(ArchiveError):
    """A request may have been carried out or not: no node gave an answer to believe."""


@dataclass(frozen=True, slots=True)
class SolrAddress:
    """The nodes of a cluster, and the name of an archive on it.

    `solr+http://host:8983,other:8983/solr/NAME`.
    """

    scheme: str
    hosts: tuple[str, ...]
    path: str
    name: str

    @classmethod
    def parse(cls, address: str) -> "SolrAddress":
        """Parse an address.

        Raises:
            ArchiveError: it is not one, or holds credentials.
        """
        scheme, _, rest = address.partition("://")
        authority, _, path = rest.partition("/")
        root, _, name = path.strip("/").rpartition("/")
        if "@" in rest:  # a password may hold a slash
            raise ArchiveError(f"an address holds no credentials: set {AUTH}=user:password")
        hosts = tuple(host for host in authority.split(",") if host)
        if scheme not in SCHEMES or not hosts or not root or not _is_plain(name):
            raise ArchiveError(
                f"{address!r} is no address of an archive on Solr: expected"
                " solr+http://HOST:8983/solr/NAME, with NAME of letters, digits, '-' and '_'"
            )
        return cls(SCHEMES[scheme], hosts, root, name)

    def __str__(self) -> str:
        return f"solr+{self.scheme}://{','.join(self.hosts)}/{self.path}/{self.name}"

    def urls(self) -> list[str]:
        return [f"{self.scheme}://{host}/{self.path}" for host in self.hosts]


class SolrClient:
    """A cluster, by the addresses of some of its nodes; safe to use from many threads."""

    def __init__(self, address: SolrAddress, transport: httpx.BaseTransport | None = None) -> None:
        self.address = address
        self._nodes = address.urls()
        self._turns = count()
        self._failed_at = dict.fromkeys(self._nodes, float("-inf"))
        user, _, password = os.environ.get(AUTH, "").partition(":")
        self._http = httpx.Client(
            auth=(user, password) if user else None,
            verify=_trust(),
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            limits=httpx.Limits(
                max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS
            ),
            transport=transport,
        )
        weakref.finalize(self, self._http.close)  # an archive has no end of its own

    def select(self, collection: str, parameters: Parameters) -> Answer:
        """Search a collection.

        Raises:
            SearchTimeout: the time allowed was over before every shard had answered.
            ArchiveError: no node answered, or the request was refused.
        """
        limits: Parameters = {"timeAllowed": int(1000 * TIME_ALLOWED_S), "shards.tolerant": False}
        answer = self._read(f"{collection}/select", {**limits, **parameters}, SEARCH_S)
        if answer["responseHeader"].get("partialResults"):
            raise SearchTimeout(
                f"{collection} at {self.address} gave only a part of an answer within"
                f" {TIME_ALLOWED_S:.0f} s: try again, or add nodes"
            )
        return answer

    def get(self, collection: str, ids: Sequence[str], fields: str) -> list[Answer]:
        """Return the entries of these ids as they were last written, committed or not."""
        plain = [entry_id for entry_id in ids if "," not in entry_id]  # as all stored ones are
        if not plain:
            return []
        answer = self._read(f"{collection}/get", {"ids": ",".join(plain), "fl": fields})
        entries: list[Answer] = answer["response"]["docs"]
        return entries

    def terms(self, collection: str, parameters: Parameters) -> Mapping[str, list[str | int]]:
        """Return terms of fields, each followed by its number of entries, in one list a field."""
        answer = self._read(f"{collection}/terms", parameters)
        terms: Mapping[str, list[str | int]] = answer["terms"]
        return terms

    def _read(self, path: str, form: Parameters, timeout_s: float = ANSWER_S) -> Answer:
        """Send a form in which `${…}` is text: Solr would replace it by another parameter."""
        data = _plain({"expandMacros": False, **form})
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_S)
        return self._request("POST", path, data=data, timeout=timeout)

    def update(self, collection: str, body: object, parameters: Parameters | None = None) -> Answer:
        """Send entries to add, or other commands for the update handler, once.

        Raises:
            LostAnswerError: whether it was carried out is not known: read back, and send it again.
            ArchiveError: it was refused.
        """
        return self._request(
            "POST", f"{collection}/update", params=_plain(parameters or {}), json=body, tries=1
        )

    def admin(
        self, path: str, parameters: Parameters, content: bytes | None = None, *, tries: int = TRIES
    ) -> Answer:
        """Send a request to an administration endpoint, such as `admin/collections`."""
        method = "GET" if content is None else "POST"
        headers = None if content is None else {"Content-Type": "application/octet-stream"}
        return self._request(
            method, path, params=_plain(parameters), content=content, headers=headers, tries=tries
        )

    def _request(
        self,
        method: str,
        path: str,
        *,
        tries: int = TRIES,
        **sent: Any,  # noqa: ANN401 - whatever httpx takes
    ) -> Answer:
        """Send a request until a node answers it, with growing pauses once each node was asked."""
        nodes = self._in_turn()
        failure, started, tried = "", time.monotonic(), 0
        for attempt in range(tries):
            if time.monotonic() - started > GIVE_UP_S:  # a node that hangs takes long to fail
                break
            tried += 1
            node = nodes[attempt % len(nodes)]
            if attempt >= len(nodes):
                time.sleep(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempt - len(nodes))))
            try:
                response = self._http.request(method, f"{node}/{path}", **sent)
            except httpx.TransportError as error:
                failure = f"{node}: {type(error).__name__}: {error}"
            else:
                if not _is_passing(response):
                    self._failed_at[node] = float("-inf")
                    return _answer_of(response, node, path)
                failure = f"{node}: {response.status_code} {_reason_of(response)}"
            self._failed_at[node] = time.monotonic()
        raise LostAnswerError(
            f"the cluster at {self.address} did not answer {path} in {tried} tries ({failure}):"
            " check that its nodes run and that every shard has a leader"
        )

    def _in_turn(self) -> list[str]:
        """Return the nodes, another one in front each time, those that failed lately at the end."""
        start = next(self._turns) % len(self._nodes)
        nodes = self._nodes[start:] + self._nodes[:start]
        now = time.monotonic()
        return sorted(nodes, key=lambda node: now - self._failed_at[node] < REST_S)


def _is_passing(response: httpx.Response) -> bool:
    """Return whether another node, or the same one later, may answer instead."""
    if response.status_code in {httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN}:
        reason = _reason_of(response)
        return any(part in reason for part in _PASSING_REASONS)
    return response.status_code in _PASSING


def _answer_of(response: httpx.Response, node: str, path: str) -> Answer:
    if response.status_code in {401, 403}:
        raise ArchiveError(
            f"{node} refused {path} with {response.status_code}: set {AUTH}=user:password of an"
            " account that may do this"
        )
    if not response.is_success:
        raise SolrError(
            response.status_code,
            f"{node} refused {path} with {response.status_code}: {_reason_of(response)}",
        )
    try:
        answer: Answer = response.json()
    except ValueError as error:
        raise ArchiveError(
            f"{node} answered {path} with something else than JSON: is it a Solr node?"
        ) from error
    return answer


class SolrError(ArchiveError):
    """A node refused a request."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _reason_of(response: httpx.Response) -> str:
    try:
        reason = response.json()["error"]["msg"]
    except (ValueError, KeyError, TypeError):
        reason = response.text
    return " ".join(str(reason).split())[:300]


def _trust() -> ssl.SSLContext | bool:
    """Return how certificates are checked: by an own authority, and with an own certificate."""
    authority, certificate = os.environ.get(CA), os.environ.get(CERTIFICATE)
    if not authority and not certificate:
        return True
    context = ssl.create_default_context(cafile=authority or None)
    if certificate:
        context.load_cert_chain(certificate)
    return context


def _plain(parameters: Parameters) -> dict[str, str | list[str]]:
    """Return the parameters as httpx sends them in a form: booleans as Solr writes them."""
    return {name: _plain_value(value) for name, value in parameters.items()}


def _plain_value(value: Value | Sequence[str]) -> str | list[str]:
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return list(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_plain(name: str) -> bool:
    return bool(name) and all(
        letter.isascii() and (letter.isalnum() or letter in "-_") for letter in name
    )
