"""Record the answers of the program over an archive, and compare two recordings field by field.

    python -m tests.benchmarks.recording record ARCHIVE OUT.jsonl [--queries 500]
        [--like BEFORE.jsonl] [--judged QUERIES.jsonl QRELS.tsv]
    python -m tests.benchmarks.recording compare BEFORE.jsonl AFTER.jsonl [--ties]

A change that keeps behaviour leaves the two recordings equal. Only front doors are used, the web
application and the command lines, so that the same file runs before and after modules are moved.
The requests come from the archive and from the tables in `recording_requests`; with `--like` they
are those of an earlier recording, which no change of ranking can alter. Each line of a recording
is one request and its answer, without what two runs of the same code differ in: times and ids of
requests.

`compare` exits with 1 when anything differs. Answers that differ only in the order of hits of equal
score (of equal date, where sorted by date) and in ranks are counted apart, as ties.
"""

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path
from urllib.parse import unquote_plus

from tests.benchmarks.recording_requests import QUERIES, Request, Seed, get, list_requests
from web import create_app

_MAX_SHOWN, _MAX_OF_A_REQUEST = 40, 4  # fields that differ
_LONGEST_VALUE = 120  # characters
_MAX_SOURCES = 20
_UNSTABLE_HEADERS = {"Date", "Server-Timing", "X-Request-ID", "ETag", "Content-Length"}
_UNSTABLE_FIELDS = {"took_ms", "p50_ms", "p99_ms"}
_UNSTABLE_TEXT = (
    (re.compile(r'(<span class="took">).*?(</span>)'), r"\1\2"),  # of a page of results
    (re.compile(r"\([\d.]+ ms\)"), ""),  # of the command line
    (re.compile(r"(Expires=)[^;]+"), r"\1"),  # of a cookie
    (re.compile(r"(/assets/\w+)\.[0-9a-f]{12}\."), r"\1."),  # the digest of an asset
    # Of the metrics the counts stay.
    (re.compile(r"(?m)^(arshif_\w+_(?:created|sum|bucket|seconds)(?:\{.*\})?) .*"), r"\1"),
)


class Program:
    """The program over one archive, reached through its front doors."""

    def __init__(self, archive: Path) -> None:
        self._archive = str(archive)
        # A busy machine must not turn an answer into a refusal.
        app = create_app({"ARCHIVE": self._archive, "SEARCH_LIMIT_S": 600})
        self._client = app.test_client(use_cookies=False)
        # The completions are read behind the first answers: this request waits for them.
        self.answer(get("/api/suggest", ("q", "a")))

    def answer(self, request: Request) -> dict[str, object]:
        """Return the answer without what differs between two runs."""
        return self._run(request["run"]) if "run" in request else self._fetch(request)

    def _fetch(self, request: Request) -> dict[str, object]:
        method = "POST" if "post" in request else "GET"
        response = self._client.open(
            request.get("post") or request["get"],
            method=method,
            headers=request.get("headers"),
            data=request.get("body"),
            content_type=request.get("type"),
        )
        content = response.data
        if response.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        headers: dict[str, list[str]] = {}
        for name, value in sorted(response.headers):
            if name not in _UNSTABLE_HEADERS:
                headers.setdefault(name, []).append(_stable_header(name, value))
        is_json = response.mimetype.endswith("json")
        text = content.decode()
        return {
            "status": response.status_code,
            "headers": headers,
            "body": _stable(json.loads(text)) if is_json else _lines(text),
        }

    def _run(self, arguments: Sequence[str]) -> dict[str, object]:
        command = [self._archive if word == "ARCHIVE" else word for word in arguments]
        done = subprocess.run(
            [sys.executable, "-m", *command],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "COLUMNS": "100"},
        )
        out, err = (text.replace(self._archive, "ARCHIVE") for text in (done.stdout, done.stderr))
        is_json = "--json" in arguments and out
        body = _stable(json.loads(out)) if is_json else _lines(out)
        return {"status": done.returncode, "body": body, "stderr": _lines(err)}


def _stable(value: object) -> object:
    if isinstance(value, dict):
        return {name: _stable(one) for name, one in value.items() if name not in _UNSTABLE_FIELDS}
    return [_stable(one) for one in value] if isinstance(value, list) else value


def _stable_header(name: str, value: str) -> str:
    # Flask lists the methods in the order of a set.
    return ", ".join(sorted(value.split(", "))) if name == "Allow" else _stable_text(value)


def _stable_text(text: str) -> str:
    for pattern, replacement in _UNSTABLE_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _lines(text: str) -> list[str]:
    return _stable_text(text).replace("><", ">\n<").splitlines()


def record(
    archive: Path, out: Path, fewest: int, like: Path | None, judged: list[str] | None
) -> int:
    requests = (
        [json.loads(key) for key in _read(like)]
        if like
        else _requests(Program(archive), judged, fewest)
    )
    program = Program(archive)  # a fresh one: it counts what it is sent
    with out.open("w", encoding="utf-8") as lines:
        for request in requests:
            line = {"request": request, **program.answer(request)}
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{len(requests):,} requests recorded in {out}")
    return 0


def _requests(program: Program, judged: list[str] | None, fewest: int) -> list[Request]:
    status = program.answer({"run": ["indexer", "status", "--archive", "ARCHIVE", "--json"]})
    sources = [entry["value"] for entry in status["body"]["sources"] if entry["value"]]
    found = [f'source:"{name}"' for name in sources[:_MAX_SOURCES]] + list(QUERIES[:60])
    seeds: dict[str, Seed] = {}
    for query in found:
        answer = program.answer(get("/api/search", ("q", query), ("k", 20)))
        for hit in answer["body"].get("hits", ()):
            if hit["title"]:
                seeds[hit["id"]] = Seed(hit["id"], hit["title"], hit["source"], hit["date"])
    ordered = [seeds[doc_id] for doc_id in sorted(seeds)]
    # From all over the archive, however many are taken from the front.
    spread = [seed for first in range(7) for seed in ordered[first::7]]
    pages = [line for path in ("/", "/docs") for line in program.answer(get(path))["body"]]
    assets = re.findall(r'"(/assets/[^"]+)"', "\n".join(pages))
    return [*map(get, dict.fromkeys(assets)), *list_requests(spread, sources, judged, fewest)]


def _read(path: Path) -> dict[str, dict[str, object]]:
    answers = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            answer = json.loads(line)
            answers[json.dumps(answer.pop("request"), ensure_ascii=False)] = answer
    return answers


def compare(before: Path, after: Path, shows_ties: bool) -> int:
    old, new = _read(before), _read(after)
    differing, ties = [], []
    for key in dict.fromkeys([*old, *new]):
        if not _is_same(old.get(key), new.get(key)):
            (ties if _is_tie(key, old, new) else differing).append(key)
    equal = len({*old, *new}) - len(differing) - len(ties)
    print(f"{equal:,} equal, {len(differing):,} differ, {len(ties):,} ties")
    keys = [*differing, *(ties if shows_ties else ())]
    shown = 0
    for number, key in enumerate(keys):
        if shown >= _MAX_SHOWN:
            print(f"... and {len(keys) - number:,} more requests")
            break
        print(f"{'tie ' if key in ties else ''}{_shortened(unquote_plus(key))}")
        fields = list(_differences(old.get(key), new.get(key), ""))
        for path, first, second in fields[:_MAX_OF_A_REQUEST]:
            print(f"    {path or 'answer'}: {_shortened(first)} -> {_shortened(second)}")
        if len(fields) > _MAX_OF_A_REQUEST:
            print(f"    ... and {len(fields) - _MAX_OF_A_REQUEST:,} more fields")
        shown += min(len(fields), _MAX_OF_A_REQUEST)
    return 1 if differing or ties else 0


def _is_same(old: object, new: object) -> bool:
    return json.dumps(old) == json.dumps(new)  # the order of fields counts


def _differences(old: object, new: object, path: str) -> Iterator[tuple[str, object, object]]:
    """Yield the path of each field that differs, with both values."""
    if _is_same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            yield from _differences(old.get(name), new.get(name), f"{path}.{name}".lstrip("."))
        if list(old) != list(new):
            yield f"{path} (its fields)", list(old), list(new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_differences(old, new, path)
    else:
        yield path, old, new


def _list_differences(old: list, new: list, path: str) -> Iterator[tuple[str, object, object]]:
    if all(isinstance(line, str) for line in [*old, *new]):
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        for tag, first, last, other_first, other_last in matcher.get_opcodes():
            if tag != "equal":
                place = f"{path} line {first + 1}"
                yield place, "\n".join(old[first:last]), "\n".join(new[other_first:other_last])
        return
    for place in range(max(len(old), len(new))):
        sides = [side[place] if place < len(side) else None for side in (old, new)]
        yield from _differences(*sides, f"{path}[{place}]")


def _is_tie(key: str, old: dict, new: dict) -> bool:
    """Tell whether two answers differ in nothing but the order of hits that rank alike.

    A page shows no scores: the answer in JSON to the same query decides for it.
    """
    if key not in old or key not in new:
        return False
    first, second = old[key], new[key]
    if isinstance(first["body"], dict) or not all(isinstance(one, str) for one in first["body"]):
        is_by_date = "post" not in json.loads(key) and re.search(r"sort\W+(newest|oldest)", key)
        by = "date" if is_by_date else "score"
        return _is_same(_without_ties(first, by), _without_ties(second, by))
    twin = _twin(key)
    return (
        twin in old
        and not _is_same(old[twin], new.get(twin))
        and _is_tie(twin, old, new)
        and _unordered(first) == _unordered(second)
    )


def _twin(key: str) -> str:
    """Return the request for the same hits in JSON."""
    address, *others = json.loads(key).values()
    if others or not isinstance(address, str):
        return ""
    path, _, query = re.sub(r"&(ui|theme)=\w+", "", address).partition("?")
    if path == "/feed.atom":
        query += "&sort=newest&k=30"
    path = {"/export.csv": "/export.json"}.get(path, "/api/search")
    return json.dumps({"get": f"{path}?{query}"}, ensure_ascii=False)


def _without_ties(value: object, by: str) -> object:
    """Return an answer without ranks, and with the hits of each run of equals ordered by id."""
    if isinstance(value, list):
        return [_without_ties(one, by) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _without_ties(one, by) for name, one in value.items() if name != "rank"}
    if isinstance(kept.get("hits"), list):
        runs = groupby(kept["hits"], key=lambda hit: hit.get(by, hit["id"]))
        kept["hits"] = [hit for _, run in runs for hit in sorted(run, key=lambda hit: hit["id"])]
    return kept


def _unordered(answer: dict) -> list[str]:
    # A page numbers its hits and says their ranks.
    return sorted(re.sub(r"\d+", "#", line) for line in answer["body"])


def _shortened(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text.replace("\n", "⏎")
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="recording", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    recorder = commands.add_parser("record", help="record the answers of an archive")
    recorder.add_argument("archive", type=Path)
    recorder.add_argument("out", type=Path)
    recorder.add_argument("--queries", type=int, default=500, help="least number of requests")
    recorder.add_argument("--like", type=Path, help="the requests of this recording")
    recorder.add_argument("--judged", nargs=2, metavar=("QUERIES", "QRELS"), help="evaluate too")
    comparer = commands.add_parser("compare", help="compare two recordings")
    comparer.add_argument("before", type=Path)
    comparer.add_argument("after", type=Path)
    comparer.add_argument("--ties", action="store_true", help="show the ties as well")
    given = parser.parse_args(argv)
    if given.command == "record":
        return record(given.archive, given.out, given.queries, given.like, given.judged)
    return compare(given.before, given.after, given.ties)


if __name__ == "__main__":
    sys.exit(main())
