"""The tables that an archivist stored with an archive: names and phrases, and newspapers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from search.index.solr.configset import Kind
from search.index.solr.store import SolrStore
from search.lexicon.entries import ARCHIVE_LEXICON
from search.lexicon.newspapers import ARCHIVE_NEWSPAPERS

TABLE = "table"  # the type of their entries
TABLES = (ARCHIVE_LEXICON, ARCHIVE_NEWSPAPERS)


@contextmanager
def stored_tables(store: SolrStore) -> Iterator[Path]:
    """Open a folder with the tables as files, as they lie in the folder of an archive."""
    with TemporaryDirectory(prefix="arshif-") as folder:
        for name, text in read_tables(store).items():
            Path(folder, name).write_text(text, encoding="utf-8")
        yield Path(folder)


def read_tables(store: SolrStore) -> dict[str, str]:
    """Return the stored tables by their names."""
    if store.state() is None:
        return {}
    entries = store.get(Kind.ARCHIVE, TABLES, "id,value")
    return {entry["id"]: entry["value"] for entry in entries}


def write_tables(store: SolrStore, tables: Mapping[str, str]) -> None:
    """Store tables, each in the place of the earlier one of its name."""
    for name, text in tables.items():
        store.write(Kind.ARCHIVE, [{"id": name, "type": TABLE, "value": text}])
    if tables:
        store.next_state(store.require_state().encoder)  # whose readers read the tables anew
