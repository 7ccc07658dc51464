"""Read the queries of an evaluation, and their relevance judgements (qrels)."""

import csv
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from search.errors import SearchError


@dataclass(frozen=True, slots=True)
class EvaluationQuery:
    """A query with its id; `type` names a group of similar queries, such as "darija"."""

    query_id: str
    text: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Qrel:
    """A person's judgement of the relevance of a document to a query; 0 is not relevant.

    A document without a judgement counts as not relevant.
    """

    query_id: str
    doc_id: str
    relevance: int


def read_queries(path: Path) -> list[EvaluationQuery]:
    """Read JSONL with `query_id`, `text` and, optionally, `type`.

    Raises:
        SearchError: the file cannot be read, or a line of it is not an object with these fields.
    """
    queries = []
    for number, line in enumerate(_lines(path), start=1):
        try:
            record = json.loads(line)
            queries.append(
                EvaluationQuery(
                    str(record["query_id"]), str(record["text"]), str(record.get("type", ""))
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise SearchError(
                f"{path}:{number}: expected an object with query_id and text, found {line[:60]!r}"
            ) from error
    return queries


def split_queries(
    queries: Sequence[EvaluationQuery],
) -> tuple[list[EvaluationQuery], list[EvaluationQuery]]:
    """Split the queries of each type into halves, by a hash of their ids."""
    by_type: dict[str, list[EvaluationQuery]] = defaultdict(list)
    for query in queries:
        by_type[query.type].append(query)
    halves: tuple[list[EvaluationQuery], list[EvaluationQuery]] = ([], [])
    for group in by_type.values():
        ordered = sorted(group, key=lambda query: blake2b(query.query_id.encode()).digest())
        halves[0].extend(ordered[::2])
        halves[1].extend(ordered[1::2])
    return halves


def read_qrels(path: Path) -> list[Qrel]:
    """Read tab-separated `query_id`, `doc_id`, `relevance`, below a header with these names.

    Raises:
        SearchError: the file cannot be read, or a line of it is malformed.
    """
    qrels = []
    for number, row in enumerate(csv.DictReader(_lines(path), delimiter="\t"), start=2):
        try:
            qrels.append(Qrel(row["query_id"], row["doc_id"], int(row["relevance"])))
        except (KeyError, ValueError, TypeError) as error:
            raise SearchError(
                f"{path}:{number}: expected query_id, doc_id, relevance (whole), found {row}"
            ) from error
    return qrels


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SearchError(f"{path} cannot be read: {error}") from error
