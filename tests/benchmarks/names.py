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

from search import names
from search.engine import SearchEngine
from search.institutions import INSTITUTIONS
from search.occurrences import find_words
from search.people import PEOPLE
from search.records import Document, Filters, Query
from search.set_phrases import SET_PHRASES
from search.text import terms

FIRST, FEWEST = 5, 3
TABLES = {"PEOPLE": PEOPLE, "INSTITUTIONS": INSTITUTIONS, "SET_PHRASES": SET_PHRASES}


def main() -> None:
    engine = SearchEngine.open(Path(sys.argv[1]))
    for name, table in TABLES.items():
        lines = [line for line in names._lines(table) if is_held(engine, line[0])]
        shares = [share_of(engine, lines)]
        with patch.multiple(names, **dict.fromkeys(TABLES, "")):
            forget_tables()
            shares.append(share_of(engine, lines))
        forget_tables()
        said = ", without the tables ".join(f"{share:.2f}" for share in shares)
        print(f"{name.lower()}: {len(lines)} of the table held, share of hits {said}")


def is_held(engine: SearchEngine, arabic: list[str]) -> bool:
    lexical = engine.live.current().snapshot.lexical
    return any(
        len(lexical.holding(tuple(terms(one)), Filters(), FEWEST)) >= FEWEST for one in arabic
    )


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
    for table in (names._table, names._longest, names._glosses):
        table.cache_clear()


if __name__ == "__main__":
    main()
