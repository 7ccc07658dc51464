"""Map every way that dumps write the name of a newspaper to a single name.

`newspapers.tsv` lists names and their aliases: the part of an address that names the newspaper, its
Latin name. An archive's own aliases stand in a file of that name in its folder, and count before
the shipped aliases:

    name      aliases
    عكاظ      okaz | Okaz newspaper

An address («https://www.okaz.com.sa/») names the newspaper that its host or the name in it is an
alias of; otherwise the host is the name. Names that differ by case, hamzas, Persian letters,
accents, or marks between words are spellings of one name: an archive keeps the most careful
spelling (`spelling_care`).
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path

from search.errors import LexiconError
from search.language.analysis import fold, terms
from search.language.folding import simplify
from search.tables import Mistake, parse_table

COLUMNS = ("name", "aliases")
ARCHIVE_NEWSPAPERS = "newspapers.tsv"  # of one archive, in its folder
_SHIPPED = Path(__file__).parent / "newspapers.tsv"
_SEPARATOR = "|"
# Invisible or not always written: marks of direction, joiners, tatweel, vowels
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u0640\u064b-\u0652\u0670]"
)
_AROUND = " \t«»\"'“”‘’„.,،؛:;|-–—"
_MIN_SIMILARITY = 0.6  # of names that are offered in place of another
_MAX_COMPARED, _LONGEST_COMPARED = 2_000, 100  # names, and characters of a name
_CACHE_SIZE = 10_000  # names; a dump repeats a handful of them
_WORD = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(
    r"(?P<scheme>https?://)?(?:[^/@\s]*@)?(?P<www>www\.)?"
    r"(?P<host>[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})\.?(?::\d+)?(?P<path>[/?#]\S*)?",
    re.I,
)
_GENERIC_DOMAINS = frozenset(("com", "co", "org", "net", "gov", "edu", "ac", "info", "press"))


@lru_cache(_CACHE_SIZE)
def clean_source(name: str) -> str:
    """Return the name without tatweel, vowels, marks of direction, and outer quotation marks."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", name))
    return " ".join(plain.split()).strip(_AROUND)


def canonical_source(name: str, aliases: Mapping[str, str]) -> str:
    """Return the name under which a newspaper is stored, by its name or an alias.

    `aliases` maps `source_key` of every name and alias to the name.
    """
    plain = clean_source(name)
    canonical = aliases.get(source_key(plain))
    if canonical or "." not in plain or not (address := _ADDRESS.fullmatch(plain)):
        return canonical or plain
    host = address["host"].lower()
    of_host = next(filter(None, map(aliases.get, _keys_of_host(host))), None)
    # «Sahl.ma» may be the name of a newspaper
    is_address = address["scheme"] or address["www"] or address["path"]
    return of_host or (host if is_address else plain)


def _keys_of_host(host: str) -> Iterator[str]:
    """Yield the keys by which a host may be listed: «ar.okaz.com.sa» as «okaz.com.sa» or «okaz»."""
    labels = host.split(".")
    for start in range(len(labels) - 1):
        yield source_key(".".join(labels[start:]))
    labels.pop()
    if len(labels) > 1 and labels[-1] in _GENERIC_DOMAINS:
        labels.pop()
    yield source_key(labels[-1])


def stored_sources(
    name: str, stored: Collection[str], aliases: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the newspapers of an archive that a name stands for, in the archive's order.

    These are the newspaper of exactly this name, else those of any spelling of the name or of the
    name that it is an alias of, else those that have its words in their names.
    """
    if name in stored:
        return (name,)
    keys = {source_key(name), source_key(canonical_source(name, aliases))} - {""}
    if same := tuple(other for other in stored if source_key(other) in keys):
        return same
    words = set(terms(name))
    return tuple(other for other in stored if words and words <= set(terms(other)))


def spelling_care(name: str) -> tuple[int, int, int, str]:
    """Return how carefully a name is spelled; the spelling with the greatest value is kept.

    The fewest letters of another alphabet («ی» for «ي») count first, then the most hamzas, «ة» and
    accents, then small and capital letters: «Hespress» before «HESPRESS» before «hespress».
    """
    simple = simplify(name)
    foreign = sum(letter != other for letter, other in zip(name, simple, strict=False))
    kept = sum(letter != "ى" and fold(letter) != letter for letter in simple.lower())
    case = 2 if name != name.upper() and name != name.lower() else int(name != name.lower())
    return -foreign, kept, case, name


@lru_cache(_CACHE_SIZE)
def source_key(name: str) -> str:
    """Return the key that all spellings of a name share: «صحيفةُ عـكاظ» and «صحيفة  عكاظ»."""
    return " ".join(_WORD.findall(fold(clean_source(name))))


@cache
def shipped_aliases() -> Mapping[str, str]:
    """Return the names of the shipped newspapers, by the keys of their names and aliases.

    Raises:
        LexiconError: the file is damaged.
    """
    return read_aliases(_SHIPPED)


def aliases_of(archive: Path) -> Mapping[str, str]:
    """Return the shipped aliases and those of an archive's own file, which count first.

    Raises:
        LexiconError: a line of that file is not as it should be; the message names it.
    """
    path = archive / ARCHIVE_NEWSPAPERS
    return {**shipped_aliases(), **read_aliases(path)} if path.is_file() else shipped_aliases()


def read_aliases(path: Path) -> Mapping[str, str]:
    """Read a table of newspapers without mistakes.

    Raises:
        LexiconError: the file cannot be read, or a line of it is not as it should be.
    """
    aliases, mistakes = parse_newspapers(path)
    if mistakes:
        raise LexiconError(mistakes[0].at(path))
    return aliases


def parse_newspapers(path: Path) -> tuple[dict[str, str], list[Mistake]]:
    """Parse a table of newspapers: the name of each key, and the mistakes by their lines.

    Raises:
        LexiconError: the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LexiconError(f"{path} cannot be read: {error.strerror or error}") from error
    rows, mistakes = parse_table(data, COLUMNS)
    name_by_key: dict[str, str] = {}
    for line, (name, aliases) in rows:
        for alias in _names(name, aliases):
            key = source_key(alias)
            if not key:
                mistakes.append(Mistake(line, f"found {alias!r}, expected a name with letters"))
            elif name_by_key.setdefault(key, clean_source(name)) != clean_source(name):
                mistakes.append(
                    Mistake(line, f"found {alias!r}, which already names {name_by_key[key]}")
                )
    return name_by_key, sorted(mistakes)


def _names(name: str, aliases: str) -> Iterator[str]:
    yield name
    yield from (alias.strip() for alias in aliases.split(_SEPARATOR) if alias.strip())


def find_source(name: str, stored: Sequence[str], aliases: Mapping[str, str]) -> str | None:
    """Return the stored newspaper that a name stands for; None where it stands for none.

    It is found by its exact name, by an alias, or by another spelling: «اريفينو» for «أريفينو».
    """
    if name in stored:
        return name
    canonical = canonical_source(name, aliases)
    if canonical in stored:
        return canonical
    key = source_key(canonical)
    return next((source for source in stored if key and source_key(source) == key), None)


def other_names(source: str, aliases: Mapping[str, str]) -> list[str]:
    """Return the Latin names of a newspaper, as they are compared: in small letters."""
    keys = (key for key, name in aliases.items() if name == source)
    return [key for key in keys if key.isascii() and key != source_key(source)]


def nearest_sources(name: str, stored: Sequence[str], count: int) -> list[str]:
    """Return stored newspapers whose names are spelt most like this name, the likest first.

    A reader may type any word of a long name, so words are compared too. Names beyond
    `_MAX_COMPARED` are left out; each takes 10 µs.
    """
    key = source_key(name[:_LONGEST_COMPARED])
    listed = stored[:_MAX_COMPARED]
    similarity = {source: _name_similarity(key, source_key(source)) for source in listed}
    near = [source for source in listed if similarity[source] >= _MIN_SIMILARITY]
    return sorted(near, key=lambda source: -similarity[source])[:count]


def _name_similarity(first: str, second: str) -> float:
    """Return the similarity, 0 to 1, of two names, or of a name and a word of the other."""
    pairs = [(first, second), *((first, word) for word in second.split()),
             *((word, second) for word in first.split())]  # fmt: skip
    shares = (SequenceMatcher(None, *pair, autojunk=False).ratio() for pair in pairs)
    of_whole = next(shares)
    return max([of_whole, *(0.95 * share for share in shares)])
