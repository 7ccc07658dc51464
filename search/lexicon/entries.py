"""Read lexicons: TSV files with the names of things in Arabic, French and English.

    kind         ar                     fr                  en                 aliases
    institution  مجلس النواب            Chambre des ...     House of ...
    person       محمد بن سلمان          Mohammed ben ...    Mohammed bin ...   MBS
    darija       كم | ثمن | سعر                                                شحال | بشحال

Names in one cell are separated by `|`. `ar` holds the names that the Arabic press writes, the
commonest first. `fr` holds French names and names that both languages write alike, `en` holds names
that only English writes, and `aliases` holds initials and further names of any language. For
`darija`, `aliases` holds the words of Moroccan Arabic, and `ar` the words that the press writes for
them; the other columns are empty.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from search.errors import LexiconError
from search.tables import Mistake, parse_table

COLUMNS = ("kind", "ar", "fr", "en", "aliases")
ARCHIVE_LEXICON = "lexicon.tsv"  # of one archive, in its folder
# They are read in this order: where two lines name a thing differently, the later line counts.
_SHIPPED = ("places", "countries", "people", "institutions", "set_phrases", "darija")
_FOLDER = Path(__file__).parent

_SEPARATOR = "|"
_ARABIC = re.compile("[\u0600-\u06ff]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u017f]+")
_LETTER = re.compile(r"[^\W_]")


class EntryKind(StrEnum):
    """The kind of thing that an entry of a lexicon names."""

    PLACE = "place"
    COUNTRY = "country"
    PERSON = "person"
    INSTITUTION = "institution"
    SET_PHRASE = "set_phrase"
    DARIJA = "darija"


_KINDS = {kind.value: kind for kind in EntryKind}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing and its names, by the columns of its line."""

    kind: EntryKind
    arabic: tuple[str, ...]  # never empty; as the press writes them, the commonest first
    french: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.arabic, *self.french, *self.english, *self.aliases)

    @property
    def latin_names(self) -> tuple[str, ...]:
        others = (*self.french, *self.english, *self.aliases)
        return tuple(name for name in others if not _ARABIC.search(name))


def shipped_entries() -> list[Entry]:
    """Read the lexicons that ship with the program.

    Raises:
        LexiconError: one of them is damaged.
    """
    return [entry for name in _SHIPPED for entry in read_entries(_FOLDER / f"{name}.tsv")]


def read_entries(path: Path) -> list[Entry]:
    """Read a lexicon without mistakes.

    Raises:
        LexiconError: the file cannot be read, or a line of it is not as it should be; the message
            names the file and the first such line.
    """
    entries, mistakes = parse_lexicon(path)
    if mistakes:
        raise LexiconError(
            f"{mistakes[0].at(path)}; `python -m search.lexicon check {path}` lists every mistake"
        )
    return entries


def parse_lexicon(path: Path) -> tuple[list[Entry], list[Mistake]]:
    """Parse a lexicon into its entries, and the mistakes in its other lines by their order.

    Raises:
        LexiconError: the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LexiconError(f"{path} cannot be read: {error.strerror or error}") from error
    rows, mistakes = parse_table(data, COLUMNS)
    entries: list[Entry] = []
    line_by_cells: dict[tuple[str, ...], int] = {}
    for line, cells in rows:
        names = [_names(cell) for cell in cells[1:]]
        reasons = [*_kind_reasons(*cells), *_name_reasons(cells, names)]
        if (first := line_by_cells.setdefault(cells, line)) != line:
            reasons.append(f"found line {first} a second time")
        if reasons:
            mistakes += [Mistake(line, reason) for reason in reasons]
        else:
            entries.append(Entry(_KINDS[cells[0]], *names))
    return entries, sorted(mistakes)


def _names(cell: str) -> tuple[str, ...]:
    return tuple([name.strip() for name in cell.split(_SEPARATOR)]) if cell else ()


def _kind_reasons(kind: str, arabic: str, french: str, english: str, aliases: str) -> Iterator[str]:
    """Yield what is wrong with the kind, and with which cells are filled."""
    if kind not in _KINDS:
        yield f"found the kind {kind!r}, expected one of {', '.join(_KINDS)}"
    if not arabic:
        yield "found nothing under ar, expected the name that the Arabic press writes"
    elif kind == EntryKind.DARIJA and (french or english or not aliases):
        yield "expected for darija Moroccan words under aliases, and nothing under fr and en"
    elif _SEPARATOR not in arabic and not (french or english or aliases):
        yield f"found {arabic!r} alone, expected another name for it under fr, en or aliases"


def _name_reasons(cells: Sequence[str], by_column: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield what is wrong with the letters of the names."""
    for column, names in zip(COLUMNS[1:], by_column, strict=True):
        if names and not all(map(_LETTER.search, names)):
            yield f"found a name without letters and digits under {column}: {' | '.join(names)!r}"
    _, arabic, french, english, _ = cells
    if letters := _LATIN.search(arabic):
        yield f"found {letters[0]!r} under ar, expected names in Arabic letters"
    for column, cell in (("fr", french), ("en", english)):
        if letters := _ARABIC.search(cell):
            yield f"found {letters[0]!r} under {column}, expected names in Latin letters"


def count_by_kind(entries: list[Entry]) -> dict[EntryKind, int]:
    """Count the entries of each kind, in the order of the kinds; empty kinds are left out."""
    counts = Counter(entry.kind for entry in entries)
    return {kind: counts[kind] for kind in EntryKind if counts[kind]}
