"""Export the matches of a search: the newest as an Atom feed, all of them as CSV or JSON.

Documents that are only near are left out.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from flask import Blueprint, Response, request, url_for

from search.records import MatchingDocument, Sort
from search.results.answer import DocumentAnswer, build_answer, fields_of
from search.spreadsheets import escape_formula
from web import limits
from web.api.atom import build_feed
from web.app_state import AppState
from web.localization import translate
from web.parameters import read_query
from web.permalinks import write_permalinks
from web.xml import drop_forbidden

exports = Blueprint("exports", __name__)

_FEED_LENGTH = 30
_COLUMNS = (
    "rank", "id", "kind", "title", "source", "date", "author", "section", "published_at",
    "language", "url", "permalink", "copies",
)  # fmt: skip
_FURTHER_COLUMNS = ("body", "score")  # included if the address has `body=1` or `score=1`


@exports.get("/feed.atom")
def feed() -> Response:
    """Return the newest matches of a search as an Atom feed (RFC 4287)."""
    query = replace(read_query(request.query_string), sort=Sort.NEWEST, k=_FEED_LENGTH, page=1)
    state = AppState.current()
    page = state.search(query)
    committed_at = state.engine.live.status().committed_at
    query_string = drop_forbidden(request.query_string.decode())  # encoded, as sent
    name = query.text.strip() or translate("، ").join(query.filters.sources or ())
    return build_feed(
        " · ".join(filter(None, (name, translate("أرشيف")))),
        page_url=f"{url_for('pages.search', _external=True)}?{query_string}",
        feed_url=f"{request.base_url}?{query_string}",
        updated=committed_at,
        entries=[(hit.document, hit.snippet) for hit in page.hits],
    )


@exports.get("/export.csv")
def export_csv() -> Response:
    """Return every document that matches a search as CSV, streamed in blocks."""
    _, blocks = AppState.current().match_all(read_query(request.query_string))
    columns, permalink_of = _choose_columns(), write_permalinks()

    def write() -> Iterator[bytes]:
        # Excel recognises UTF-8 by the byte order mark.
        yield _write_table([columns]).encode("utf-8-sig")
        for block in blocks:
            rows = (_describe(match, permalink_of) for match in block)
            cells = ([_write_cell(row[name]) for name in columns] for row in rows)
            yield _write_table(cells).encode()

    return attach(limits.stream(write(), "text/csv; charset=utf-8"), "csv")


@exports.get("/export.json")
def export_json() -> Response:
    """Return every document that matches a search as one object, streamed in blocks.

    The fields before its hits are those of the API's answer.
    """
    page, blocks = AppState.current().match_all(read_query(request.query_string))
    columns, permalink_of = _choose_columns(), write_permalinks()
    answer = build_answer(page).model_copy(update={"k": max(page.total, 1), "page": 1})

    def write() -> Iterator[bytes]:
        yield answer.model_dump_json(exclude={"hits"})[:-1].encode() + b',"hits":['
        separator = "\n"
        for block in blocks:
            rows = (_describe(match, permalink_of) for match in block)
            texts = [
                json.dumps({name: row[name] for name in columns}, ensure_ascii=False)
                for row in rows
            ]
            if texts:  # none, if all documents of the block were removed meanwhile
                yield (separator + ",\n".join(texts)).encode()
                separator = ",\n"
        yield b"\n]}\n"

    return attach(limits.stream(write(), "application/json"), "json")


def attach(response: Response, ending: str) -> Response:
    """Let a browser save a response as a file."""
    response.headers["Content-Disposition"] = f'attachment; filename="arshif.{ending}"'
    return response


def _choose_columns() -> list[str]:
    """Return the columns of an export, with the further columns that the address requests."""
    return [*_COLUMNS, *(name for name in _FURTHER_COLUMNS if request.args.get(name) == "1")]


def _describe(match: MatchingDocument, permalink_of: Callable[[str], str]) -> dict[str, object]:
    document = DocumentAnswer.model_validate(fields_of(match.document))
    return {
        "rank": match.rank,
        **document.model_dump(mode="json"),
        "permalink": permalink_of(match.document.doc_id),
        "copies": match.copies,
        "body": match.document.body,
        "score": round(match.score, 4),
    }


def _write_table(rows: Iterable[Sequence[str]]) -> str:
    table = io.StringIO()
    csv.writer(table).writerows(rows)
    return table.getvalue()


def _write_cell(value: object) -> str:
    text = " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return escape_formula(text)
