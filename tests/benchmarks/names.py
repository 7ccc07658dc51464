"""Asks for people, institutions and set phrases in Latin letters: do the first hits say the name?

    python -m tests.benchmarks.names ARCHIVE

For each entry of these kinds that three passages of the archive or more hold in Arabic, its first
and its last Latin name are searched; the share of the first five hits that hold any name of the
entry, with these entries in the gazetteer and without them. That a text says the name is not that
it answers: it tells what is lost.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from search.index.live import LiveArchive
from search.index.opening import open_index
from search.language.analysis import terms
from search.language.matching import find_words
from search.lexicon.entries import Entry, EntryKind, shipped_entries
from search.lexicon.gazetteer import Gazetteer
from search.plan import QueryPlan
from search.query.planning import literal
from search.records import Document, Filters, Query
from tests.memory_index import IndexArchive

FIRST, FEWEST = 5, 3
KINDS = {
    "people": EntryKind.PERSON,
    "institutions": EntryKind.INSTITUTION,
    "set_phrases": EntryKind.SET_PHRASE,
}


def main() -> None:
    folder = Path(sys.argv[1])
    entries = shipped_entries()
    with_names = SearchEngine.open(folder)
    others = [entry for entry in entries if entry.kind not in KINDS.values()]
    index = open_index(folder).open()
    index.gazetteer = Gazetteer(others)
    archive = IndexArchive(index)
    without_names = SearchEngine(LiveArchive(archive, load_encoder))
    for name, kind in KINDS.items():
        held = [entry for entry in entries if entry.kind is kind and is_held(with_names, entry)]
        shares = [share_of(engine, held) for engine in (with_names, without_names)]
        said = ", without the tables ".join(f"{share:.2f}" for share in shares)
        print(f"{name}: {len(held)} of the table held, share of hits {said}")


def is_held(engine: SearchEngine, entry: Entry) -> bool:
    index = engine.index
    for name in entry.arabic:
        scope = index.scope(Filters(), [literal(name)])
        if index.count_matches(QueryPlan("", (), scope)) >= FEWEST:
            return True
    return False


def share_of(engine: SearchEngine, entries: Sequence[Entry]) -> float:
    saying = [
        sum(says(hit.document, entry.names) for hit in engine.search(Query(name, k=FIRST)).hits)
        for entry in entries
        for name in dict.fromkeys((entry.latin_names[0], entry.latin_names[-1]))
    ]
    return mean(saying) / FIRST if saying else 0.0


def says(document: Document, names: Sequence[str]) -> bool:
    text = f"{document.title}\n{document.body}"
    return bool(find_words(text, {" ".join(terms(name)) for name in names}))


if __name__ == "__main__":
    main()
