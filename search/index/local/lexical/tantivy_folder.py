"""Opens the folder of one tantivy index, and raises its errors as ArchiveError.

An archive may come from anybody, so no name in the folder may lead out of it.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import tantivy

from search.errors import ArchiveError
from search.index.local.folder import require_plain

TOKENIZER = "spaces"  # search.language.analysis makes the terms
UNREADABLE = "the lexical index cannot be read; `python -m indexer check` names what is damaged"
_META, _MANAGED, _READERS_LOCK = "meta.json", ".managed.json", ".tantivy-meta.lock"


def open_folder(folder: Path, schema: tantivy.Schema, *, create: bool) -> tantivy.Index:
    """Open the index in a folder; with `create`, create it if there is none.

    Raises:
        ArchiveError: the index is damaged, has other fields, or names files outside the folder.
    """
    _require_plain_names(folder)
    with converting_tantivy_errors(f"the lexical index in {folder} cannot be opened"):
        if create and not (folder / _META).exists():
            folder.mkdir(exist_ok=True)
            index = tantivy.Index(schema, path=str(folder))
        else:
            is_unlocked = not create and _is_locked_away(folder)
            index = _open_unlocked(folder) if is_unlocked else tantivy.Index.open(str(folder))
        if index.schema != schema:
            raise ArchiveError(
                f"the lexical index in {folder} has unexpected fields: restore the archive, or"
                " index the dumps into a new one"
            )
    index.register_tokenizer(
        TOKENIZER, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    )
    return index


def _is_locked_away(folder: Path) -> bool:
    """Return whether this account cannot take tantivy's lock in the folder."""
    lock = folder / _READERS_LOCK
    return not os.access(lock if lock.exists() else folder, os.W_OK)


def _open_unlocked(folder: Path) -> tantivy.Index:
    """Open the files of a read-only folder through links in a temporary folder.

    Tantivy needs a lock beside the files, and maps all of them when it opens them. A thread of
    tantivy would take the lock again a moment later; the renaming of the folder prevents that.
    """
    with TemporaryDirectory(prefix="arshif-lexical-") as temporary:
        links = Path(temporary) / "opened"
        links.mkdir()
        for path in live_files(folder):
            (links / path.name).symlink_to(path.resolve())
        index = tantivy.Index.open(str(links))
        links.rename(Path(temporary) / "removed")
        return index


@contextmanager
def converting_tantivy_errors(message: str) -> Iterator[None]:
    """Raise the errors of tantivy, which have many types, as ArchiveError."""
    try:
        yield
    except (ValueError, OSError, LookupError, TypeError, RecursionError) as error:
        raise ArchiveError(f"{message}: {error}") from error
    except BaseException as error:
        # A panic in tantivy's code, from a damaged file, is no Exception, and its type cannot be
        # imported.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise ArchiveError(f"{message}: it is damaged ({str(error)[:200]})") from error


def live_files(folder: Path) -> list[Path]:
    """Return the files of the index's last commit, sorted.

    Tantivy removes other files, and rewrites its list of files (.managed.json), at any later time.
    """
    meta = folder / _META
    with converting_tantivy_errors(f"{meta} cannot be read"):
        segments = json.loads(meta.read_text(encoding="utf-8"))["segments"]
        names = [
            (UUID(segment["segment_id"]).hex, segment["deletes"] and segment["deletes"]["opstamp"])
            for segment in segments
        ]
    files = {meta}
    for name, deletes in names:
        files.update(path for path in folder.glob(f"{name}.*") if path.suffix != ".del")
        if deletes:
            files.add(folder / f"{name}.{int(deletes)}.del")
    return sorted(files)


def _require_plain_names(folder: Path) -> None:
    """Refuse an index whose list names files elsewhere, because tantivy deletes listed files."""
    managed = folder / _MANAGED
    if not managed.exists():
        return
    with converting_tantivy_errors(f"{managed} cannot be read"):
        names = json.loads(managed.read_text(encoding="utf-8"))
    for name in names if isinstance(names, list) else [names]:
        require_plain(name, place=str(managed))


def share_with_folder(folder: Path) -> None:
    """Set the mode of the two files that tantivy makes private to the mode of the folder."""
    mode = folder.stat().st_mode & 0o666
    for name in (_META, _MANAGED):
        (folder / name).chmod(mode, follow_symlinks=False)
