"""Asks for people, institutions and set phrases in Latin letters: do the first hits say the name?

    python -m tests.benchmarks.names ARCHIVE

For each line of the tables that three passages of the archive or more hold in Arabic, its first and
its last Latin name are asked; the share of the first five hits that hold any name of the line, with
the tables and without. That a text says the name is not that it answers: it tells what is lost.
"""

import sys
from pathlib import Path
from statistics import mean
from unittest.mock import patch

from search.engine import SearchEngine
from search.language.analysis import terms
from search.language.matching import find_words
from search.lexicon import gazetteer
from search.lexicon.institutions import INSTITUTIONS
from search.lexicon.people import PEOPLE
from search.lexicon.set_phrases import SET_PHRASES
from search.plan import QueryPlan
from search.records import Document, Filters, Query

FIRST, FEWEST = 5, 3
TABLES = {"PEOPLE": PEOPLE, "INSTITUTIONS": INSTITUTIONS, "SET_PHRASES": SET_PHRASES}


def main() -> None:
    engine = SearchEngine.open(Path(sys.argv[1]))
    for name, table in TABLES.items():
        lines = [line for line in gazetteer._lines(table) if is_held(engine, line[0])]
        shares = [share_of(engine, lines)]
        with patch.multiple(gazetteer, **dict.fromkeys(TABLES, "")):
            forget_tables()
            shares.append(share_of(engine, lines))
        forget_tables()
        said = ", without the tables ".join(f"{share:.2f}" for share in shares)
        print(f"{name.lower()}: {len(lines)} of the table held, share of hits {said}")


def is_held(engine: SearchEngine, arabic: list[str]) -> bool:
    index = engine.index
    for name in arabic:
        scope = index.scope(Filters(), [(name, tuple(terms(name)))])
        listing = QueryPlan("", (), scope, lists_all=True)
        is_missing = bool(scope.missing)
        if not is_missing and len(index.rank_by_words(listing, FEWEST).candidates) == FEWEST:
            return True
    return False


def share_of(engine: SearchEngine, lines: list[tuple[list[str], list[str]]]) -> float:
    found = [
        sum(
            says(hit.document, [*arabic, *latin])
            for hit in engine.search(Query(asked, k=FIRST)).hits
        )
        for arabic, latin in lines
        for asked in dict.fromkeys((latin[0], latin[-1]))
    ]
    return mean(found) / FIRST if found else 0.0


def says(document: Document, called: list[str]) -> bool:
    text = f"{document.title}\n{document.body}"
    return bool(find_words(text, {" ".join(terms(one)) for one in called}))


def forget_tables() -> None:
    for table in (gazetteer._table, gazetteer._longest, gazetteer._glosses):
        table.cache_clear()


if __name__ == "__main__":
    main()
