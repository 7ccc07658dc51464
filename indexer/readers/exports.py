"""Unwrap the records of common exports.

Records stand in lists within objects, by keys, or column by column:

    NewsAPI         {"articles": [record, …]}
    JSON Feed       {"title": …, "items": [record, …]}
    Elasticsearch   {"hits": {"hits": [{"_id": id, "_source": record}, …]}}, or one hit a line
    Solr            {"response": {"docs": [record, …]}}
    Firebase        {"key": record, …}, and days as keys {"2020-12-26": [record, …]}
    pandas          {"title": {"0": text, …}, …} by columns, and
                    {"columns": [name, …], "data": [[value, …], …]} by rows

A field that an export states for all its records, such as their newspaper, counts for a record
that lacks it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from indexer.readers.columns import Columns
from indexer.readers.placeholders import is_missing
from indexer.readers.values import INNER

Fields = Mapping[str, object]

# Keys under which an export lists its records
_LISTS = (
    "articles hits items posts results data docs documents records rows entries news response "
    "feed rss channel item @graph entry stories list payload nodes edges features "
    "publications newspapers issues"
).split()
# Keys of the record in an object of Elasticsearch, CouchDB, GraphQL, JSON:API, GeoJSON, Contentful
_AROUND = frozenset({"_source", "doc", "node", "attributes", "properties", "fields"})
_DEEPEST = 3  # levels, as in `rss.channel.item`
LIST_START = re.compile(rf'"(?:{"|".join(_LISTS)})"\s*:\s*\[\s*(?=(?:null\s*,\s*)*\{{)', re.I)
_KEY = re.compile(r'"([^"\\]{1,100})"\s*:')
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"|([\[{])|[\]}]', re.S)
_ACTIONS = frozenset({"index", "create", "update", "delete"})
_HEADERS = ("columns", "fields", "header", "headers")  # keys of the names of columns
_DECODER = json.JSONDecoder(strict=False)

_SHARED = ("source", "language", "section")
_ABOUT = ("meta", "metadata", "info", "header")  # keys of the fields of all records
# Keys of objects that name a newspaper, each with the member that holds the name
_NAMED = {"channel": "title", "feed": "title"} | dict.fromkeys(
    ("source", "newspaper", "publisher", "publication", "site"), "name"
)
_JSON_FEED = "jsonfeed.org/version"
# A record's body if it has no other; exports also describe themselves under these keys
_SUMMARIES = frozenset({"description", "excerpt", "abstract", "snippet"})
_DAY = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?")
_NOTHING: Fields = {}


def list_start(text: str, columns: Columns) -> int | None:
    """Return where the records begin in the text of an object that lists them; else None."""
    match = LIST_START.search(text)
    if not match:
        return None
    before = text[: match.start()]
    outer_names = _KEY.findall(before)
    if _JSON_FEED not in before and _has_text(outer_names, columns):
        return None
    try:
        record, _ = _DECODER.raw_decode(text, text.index("{", match.end()))
        records = [item for item, _ in records_in(record, columns) if isinstance(item, Mapping)]
        names = [name for item in records for name in item]
    except (ValueError, RecursionError):  # the text ends within the record
        names = _KEY.findall(text[match.end() :])
    has_summary = columns.has_field("body", outer_names)
    is_list = columns.has_field("body", names) if has_summary else columns.are_known(names)
    return match.end() if is_list else None


def object_around(text: str) -> tuple[int, str] | None:
    """Return where the object begins that is open at the end, and the brackets that would close it.

    None if no object and no list that begins in the text is open at its end.
    """
    brackets: list[re.Match[str]] = []
    for bracket in _BRACKET.finditer(text):
        if bracket[1]:
            brackets.append(bracket)
        elif bracket[0][0] in "]}" and brackets:
            brackets.pop()
    ends = "".join("]" if bracket[1] == "[" else "}" for bracket in reversed(brackets))
    return (brackets[0].start(), ends) if brackets else None


def shared_by(text: str, columns: Columns) -> Fields:
    """Return the fields that the object in a JSON text states for all records that it lists."""
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return _NOTHING
    listing = _listed(value, _DEEPEST) if isinstance(value, Mapping) else None
    return _shared(listing[1], columns) if listing else _NOTHING


def records_in(value: Fields, columns: Columns) -> Iterator[tuple[object, Fields]]:
    """Yield the records that an object lists, or else the object itself, with the shared fields.

    An object with a title lists records only if they have titles or texts too, an object with a
    description only if they have texts. An object with a body is a record itself.
    """
    if not any(isinstance(inner, (dict, list)) for inner in value.values()):
        yield value, _NOTHING  # most records are flat
        return
    for record, shared in _unwrapped(value, columns, _DEEPEST):
        yield _inner_record(record, columns), shared


def is_bulk_action(value: Fields) -> bool:
    """Return whether this is a line of Elasticsearch's bulk format that only names an action."""
    return len(value) == 1 and not _ACTIONS.isdisjoint(value)


def _unwrapped(value: Fields, columns: Columns, depth: int) -> Iterator[tuple[object, Fields]]:
    if rows := _rows_below_header(value, columns) or _rows_of_columns(value, columns):
        yield from ((row, _NOTHING) for row in rows)
        return
    article = value.get("article")
    # `article` may also be a text.
    if isinstance(article, Mapping) and columns.has_field("title", article):
        rest = {name: inner for name, inner in value.items() if name != "article"}
        yield article, columns.fields(rest)
        return
    if _has_text(value, columns) and _JSON_FEED not in str(value.get("version")):
        yield value, _NOTHING
        return
    listing = _listed(value, _DEEPEST)
    if listing and (not columns.are_known(value) or _has_record(listing[0], columns, of=value)):
        shared = _shared(listing[1], columns)
        for record in listing[0]:
            if depth and isinstance(record, Mapping) and not columns.are_known(record):
                inner_records = _unwrapped(record, columns, depth - 1)  # it is an export itself
                yield from ((item, {**shared, **fields}) for item, fields in inner_records)
            else:
                yield record, shared
        return
    for inner in (value, *(value[name] for name in value if name.casefold() in _LISTS)):
        if isinstance(inner, Mapping) and (entries := list(_entries(inner, columns))):
            shared = _shared([value], columns)
            yield from ((record, {**shared, **fields}) for record, fields in entries)
            return
    yield value, _NOTHING


def _listed(value: Fields, depth: int, key: str = "") -> tuple[list[object], list[Fields]] | None:
    """Return the listed records, and the objects around the list, each with its source."""
    fields = {**value}
    if key in _NAMED or _JSON_FEED in str(value.get("version")):
        fields.setdefault("source", value.get(_NAMED.get(key, "title")))
    for name, inner in value.items():
        if (key := name.casefold()) not in _LISTS and key not in _NAMED:
            continue
        if (
            key in _LISTS
            and isinstance(inner, list)
            and (not inner or any(isinstance(item, Mapping) for item in inner))
        ):
            return inner, [fields]
        if isinstance(inner, Mapping) and depth > 1 and (deeper := _listed(inner, depth - 1, key)):
            return deeper[0], [fields, *deeper[1]]
    return None


def _shared(outer_objects: list[Fields], columns: Columns) -> Fields:
    """Return the fields that objects around a list give its records; a time is the export's."""
    shared: dict[str, object] = {}
    for outer in outer_objects:
        for about in (*(outer.get(name) for name in _ABOUT), outer):
            fields = columns.fields(about) if isinstance(about, Mapping) else {}
            shared |= {
                name: value
                for name in (*_SHARED, "date")
                if isinstance(value := fields.get(name), str)
                and not is_missing(name, value)
                and (name != "date" or ":" not in value)
            }
    return shared


def _entries(value: Fields, columns: Columns) -> Iterator[tuple[object, Fields]]:
    """Yield the records that an object without a title or a text holds by their keys."""
    if columns.are_known(value):
        return
    inner = [(key, item) for key, item in value.items() if isinstance(item, Mapping | list)]
    groups = [(key, item if isinstance(item, list) else [item]) for key, item in inner]
    count = sum(_has_record(group, columns) for _, group in groups)
    are_records = count == len(groups) or (count > 1 and 2 * count >= len(groups))
    if 2 * len(inner) < len(value) or not count or not are_records:
        return
    # The keys are no ids: if they number the records, two files would have the same ids
    fields = columns.fields(value) if len(inner) == len(groups[0][1]) == 1 else _NOTHING
    for key, group in groups:
        shared = {"date": key} if _DAY.fullmatch(key) else fields
        yield from ((record, shared) for record in group)


def _has_text(names: Iterable[str], columns: Columns) -> bool:
    """Return whether a body is among the names, apart from summaries, which exports have too."""
    return columns.has_field("body", [name for name in names if name.casefold() not in _SUMMARIES])


def _has_record(records: list[object], columns: Columns, *, of: Fields = _NOTHING) -> bool:
    """Return whether a record has a title or a text; only a text counts if `of` has a body."""
    inner = [_inner_record(record, columns) for record in records]
    objects = [record for record in inner if isinstance(record, Mapping)]
    needs_body = columns.has_field("body", of)
    return any(
        columns.has_field("body", record) if needs_body else columns.are_known(record)
        for record in objects
    )


def _inner_record(record: object, columns: Columns) -> object:
    """Return the record within the object that databases and APIs put around it, or `record`."""
    if not isinstance(record, Mapping) or _AROUND.isdisjoint(record) or columns.are_known(record):
        return record
    inner = (record[name] for name in record if name in _AROUND)
    for fields in inner:
        if isinstance(fields, Mapping) and columns.are_known(fields):
            return {"_id": record.get("_id", record.get("id")), **fields}
    return record


def _rows_below_header(value: Fields, columns: Columns) -> list[object] | None:
    """Return the records of a table that names its columns apart from its rows."""
    header = next((value[name] for name in _HEADERS if isinstance(value.get(name), list)), None)
    if not isinstance(header, list):
        return None
    names = [str(n.get("name") if isinstance(n, Mapping) else n) for n in header]
    for name, table in value.items():
        if name.casefold() in _LISTS and isinstance(table, list) and columns.are_known(names):
            rows = [row for row in table if isinstance(row, list)]
            if rows and len(rows) == len(table):
                return [
                    dict(zip(names, row, strict=True)) if len(row) == len(names) else row
                    for row in rows
                ]
    return None


def _rows_of_columns(value: Fields, columns: Columns) -> list[object] | None:
    """Return the records of a table in which each column holds its cells by the number of a row."""
    if len(value) < 2 or not columns.has_field("title", value):
        return None
    cells = list(value.values())
    first = cells[0]
    if isinstance(first, Mapping) and first and INNER.isdisjoint(first):
        by_row = [column for column in cells if isinstance(column, Mapping)]
        if len(by_row) == len(cells) and all(c.keys() == first.keys() for c in by_row):
            names = list(value)
            return [dict(zip(names, (c[row] for c in by_row), strict=True)) for row in first]
    # A list of one text is the text
    if isinstance(first, list) and len(first) > 1:
        lists = [column for column in cells if isinstance(column, list)]
        if len(lists) == len(cells) and all(len(column) == len(first) for column in lists):
            return [dict(zip(value, row, strict=True)) for row in zip(*lists, strict=True)]
    return None
