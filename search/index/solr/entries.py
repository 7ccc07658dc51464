"""The entries that Solr stores: one of a document, and one of each of its passages.

The entry of a document holds the fields that are searched and counted, and in two compressed fields
the rows of the catalogue's tables about it: `document`, the current version, which readers show,
and `records`: its spans, versions, headlines, names and sketch.

The text of a document has an edition, a digest that is in the ids of its passages. A passage of
another edition than that of its document does not exist: a killed writer left it, or a writer is
about to name or to remove it.
"""

import base64
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from search.encoders.identity import Pieces, Vectors
from search.index.catalogue.rows import DOCUMENT_COLUMNS, damaged, read_document
from search.index.catalogue.stored import HEADLINE_ROW, VERSION_ROW, PassageRows, StoredRows
from search.index.terms import NO_WORDS, IndexedTerms, document_terms
from search.records import Document

Entry = dict[str, Any]  # Any: what JSON can hold

# The fields of a document's entry that a writer needs to change it.
STORED_FIELDS = "id,_version_,number,document,records"
_DIGEST_BYTES = 6
_BAND_BYTES = 4

_PLACES_IN_EDITION = tuple(
    DOCUMENT_COLUMNS.split(", ").index(name)
    for name in ("kind", "title", "body", "source", "day", "language")
)
_DOCUMENT_SOURCE, _VERSION_SOURCE, _HEADLINE_SOURCE = (
    columns.split(", ").index("source") for columns in (DOCUMENT_COLUMNS, VERSION_ROW, HEADLINE_ROW)
)


def edition_of(rows: StoredRows) -> str:
    """Return the digest of what the passages of a document are made from."""
    fields = (rows.document[place] for place in _PLACES_IN_EDITION)
    return _hex_digest("\x1f".join(map(str, (*fields, [list(span) for span in rows.spans]))))


def group_of(first_id: str) -> int:
    """Return the number, of 63 bits, of the copies of the document `first_id`."""
    return int.from_bytes(blake2b(first_id.encode(), digest_size=8).digest(), "big") >> 1


def bands_of(sketch: bytes) -> list[str]:
    """Return the bands of a sketch as terms."""
    digits = sketch.hex()
    return [digits[at : at + 2 * _BAND_BYTES] for at in range(0, len(digits), 2 * _BAND_BYTES)]


def passage_id(doc_id: str, edition: str, ordinal: int) -> str:
    """Return the id of a passage; Solr routes it by the part before the `!`."""
    return f"{doc_id}!{edition}-{ordinal}"


def passage_ids(rows: StoredRows) -> Iterator[str]:
    """Yield the ids of the passages of a document, in their order."""
    edition = edition_of(rows)
    for ordinal in range(len(rows.spans)):
        yield passage_id(rows.doc_id, edition, ordinal)


def read_passage_id(name: str) -> tuple[str, str, int]:
    """Return the document, the edition and the ordinal of a passage by its id."""
    doc_id, _, rest = name.rpartition("!")
    edition, _, ordinal = rest.rpartition("-")
    return doc_id, edition, int(ordinal)


def document_entry(rows: StoredRows, terms: Sequence[IndexedTerms], *, number: int) -> Entry:
    """Return the entry of a document; `number` is its place in the order of storing."""
    document = read_document(tuple(rows.document))
    packed = {"document": pack([rows.document, rows.spans]), "records": pack(_records(rows))}
    entry: Entry = {
        "id": document.doc_id,
        "number": number,
        "edition": edition_of(rows),
        "passages": len(rows.spans),
        "first": rows.first_id,
        "is_copy": rows.is_copy,
        "shared": rows.first_id if rows.has_copies or rows.is_copy else None,
        "headline": document.title or None,
        "versions": len(rows.versions),
        "added": None if rows.versions or not document.added_at else document.added_at.isoformat(),
        "names": [name for name, _ in rows.names],
        "keys": sorted(_keys(rows)),
        "newspapers": sorted(_newspapers(rows)),
        "bands": sorted(set(bands_of(rows.sketch))) if rows.sketch else [],
        "checksum": _hex_digest("\x1f".join(packed.values())),
        **_columns(document, rows.first_id),
        **packed,
    }
    if document.date is not None:
        entry["month"] = 12 * document.date.year + document.date.month - 1
    if terms:
        entry |= document_terms(document, terms)._asdict()
    return {name: value for name, value in entry.items() if value is not None}


def passage_entries(
    rows: StoredRows, passages: PassageRows, terms: Sequence[IndexedTerms], *, number: int
) -> list[Entry]:
    """Return the entries of the passages of a document."""
    document = read_document(tuple(rows.document))
    columns = {"number": number, **_columns(document, rows.first_id)}
    entries = []
    edition = edition_of(rows)
    for ordinal, ((start, stop), indexed) in enumerate(zip(rows.spans, terms, strict=True)):
        entry: Entry = {
            "id": passage_id(rows.doc_id, edition, ordinal),
            "document": rows.doc_id,
            "edition": edition,
            "ordinal": ordinal,
            "start": start,
            "stop": stop,
            **{name: text or NO_WORDS for name, text in indexed._asdict().items()},
            **columns,
            **vector_fields("base", passages.vectors[ordinal]),
        }
        if passages.pieces is not None:
            entry["pieces"] = _base64(np.asarray(passages.pieces[ordinal], "<u4").tobytes())
        if passages.context is not None and not np.isnan(passages.context[ordinal, 0]):
            entry |= {**vector_fields("context", passages.context[ordinal]), "is_encoded": True}
        entries.append(entry)
    return entries


def vector_fields(level: str, vector: Vectors) -> Entry:
    """Return the fields of a vector: LEVEL, which is searched, and LEVEL_row, its exact row.

    Solr compares vectors as bytes, by cosine, which a vector of zeros does not have.
    """
    row = {f"{level}_row": _base64(np.asarray(vector, "<f4").tobytes())}
    largest = float(np.abs(vector).max(initial=0.0))
    if not largest:
        return row
    return {level: np.rint(vector * (127 / largest)).astype(np.int8).tolist(), **row}


def read_vector(packed: str) -> Vectors:
    """Return the row of a field `base_row` or `context_row`."""
    return np.frombuffer(base64.b64decode(packed), dtype="<f4").astype(np.float32, copy=False)


def read_pieces(packed: str | None) -> Pieces:
    """Return the word pieces of a field `pieces`; none for a missing field."""
    return np.frombuffer(base64.b64decode(packed or ""), dtype="<u4").astype(np.uint32, copy=False)


def read_entry_document(entry: Mapping[str, Any]) -> tuple[Document, list[tuple[int, int]]]:
    """Return the document of an entry with the field `document`, and the spans of its passages.

    Raises:
        ArchiveError: the entry is damaged.
    """
    row, spans = unpack(entry, "document")
    return read_document(tuple(row)), [(start, stop) for start, stop in spans]


def read_rows(entry: Mapping[str, Any]) -> StoredRows:
    """Return the rows of an entry with the `STORED_FIELDS`.

    Raises:
        ArchiveError: the entry is damaged.
    """
    (document, spans), records = unpack(entry, "document"), unpack(entry, "records")
    try:
        return StoredRows(
            tuple(document),
            records["digest"],
            records["first"],
            [(start, stop) for start, stop in spans],
            records["sketch"],
            [(name, origin) for name, origin in records["names"]],
            [tuple(row) for row in records["versions"]],
            [tuple(row) for row in records["headlines"]],
            records["has_copies"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(entry["id"], error) from error


def _records(rows: StoredRows) -> dict[str, object]:
    return {
        "digest": rows.digest,
        "first": rows.first_id,
        "sketch": rows.sketch,
        "names": rows.names,
        "versions": rows.versions,
        "headlines": rows.headlines,
        "has_copies": rows.has_copies,
    }


def _columns(document: Document, first_id: str) -> Entry:
    """Return the fields by which documents and passages are filtered."""
    columns: Entry = {
        "source": document.source,
        "kind": document.kind.value,
        "language": document.language,
        "day": None if document.date is None else document.date.toordinal(),
        "group": group_of(first_id),
    }
    return {name: value for name, value in columns.items() if value is not None}


def _keys(rows: StoredRows) -> set[str]:
    """Return all names by which a writer looks this document up."""
    keys = {rows.doc_id, *(name for name, _ in rows.names)}
    for digest, *names in (row[:4] for row in rows.headlines):
        assert isinstance(digest, bytes), "the column of a digest"
        keys.add(sighting_key(digest))
        keys.update(str(name) for name in names if name is not None)
    return keys


def sighting_key(digest: bytes) -> str:
    """Return the key of the document of a headline with this digest."""
    return f"seen-{digest.hex()}"


def _newspapers(rows: StoredRows) -> set[str]:
    """Return every newspaper of a document, its versions and its headlines."""
    sources = [rows.document[_DOCUMENT_SOURCE]]
    sources += [row[_VERSION_SOURCE] for row in rows.versions]
    sources += [row[_HEADLINE_SOURCE] for row in rows.headlines]
    return {str(source) for source in sources if source}


def pack(value: object) -> str:
    """Return JSON, in which digests may stand, as the text of a field."""
    text = json.dumps(value, ensure_ascii=False, default=_hex, separators=(",", ":"))
    return _base64(zlib.compress(text.encode()))


def _hex(value: object) -> dict[str, str]:
    assert isinstance(value, bytes), "the rows hold nothing else that JSON lacks"
    return {"hex": value.hex()}


def unpack(entry: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return the value that `pack` made the field `name` of."""
    try:
        text = zlib.decompress(base64.b64decode(entry[name])).decode()
        return json.loads(text, object_hook=_bytes_or_dict)
    except (KeyError, ValueError, zlib.error) as error:
        raise damaged(entry.get("id"), f"its field {name}: {error}") from error


def _bytes_or_dict(value: dict[str, Any]) -> object:
    return bytes.fromhex(value["hex"]) if value.keys() == {"hex"} else value


def _base64(packed: bytes) -> str:
    return base64.b64encode(packed).decode()


def _hex_digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
