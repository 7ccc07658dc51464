"""Reads the queries to ask and the relevance judgements (qrels) of their answers."""

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
    """A query with its id; `type` groups queries of one sort, such as "darija"."""

    query_id: str
    text: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Qrel:
    """A person's judgement: how relevant a document is to a query, 0 not at all.

    A document without one counts as not relevant.
    """

    query_id: str
    doc_id: str
    relevance: int


def read_queries(path: Path) -> list[EvaluationQuery]:
    """Read JSONL with `query_id`, `text` and perhaps `type`.

    Raises:
        SearchError: the file is not there, or a line of it is not such an object.
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
    """Split the queries of each type in halves, by a hash of their ids."""
    by_type: dict[str, list[EvaluationQuery]] = defaultdict(list)
    for query in queries:
        by_type[query.type].append(query)
    halves: tuple[list[EvaluationQuery], list[EvaluationQuery]] = ([], [])
    for some in by_type.values():
        ordered = sorted(some, key=lambda query: blake2b(query.query_id.encode()).digest())
        halves[0].extend(ordered[::2])
        halves[1].extend(ordered[1::2])
    return halves


def read_qrels(path: Path) -> list[Qrel]:
    """Read tab-separated `query_id`, `doc_id`, `relevance`, under a line that names them.

    Raises:
        SearchError: the file is not there, or a line of it does not fit.
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
