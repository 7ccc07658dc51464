"""Write a search form in the query language, for readers who do not type operators. Pure.

`parse_query(write_query(form))` demands exactly what the form says, whatever its fields hold: marks
in the fields are dropped, and words that would be operators or dates stay words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from search.language.analysis import terms, written_words
from search.language.dates import FIRST_YEAR
from search.query.syntax import MAX_WORDS_AROUND_PHRASE, parse_query
from search.query.tokens import PUNCTUATION, QUOTES, drop_invisible

_FIRST_DAY = date(FIRST_YEAR, 1, 1)  # the earliest that the query language can name
_WITHOUT_QUOTES = str.maketrans(dict.fromkeys(QUOTES, " "))


@dataclass(frozen=True, slots=True)
class QueryForm:
    """The fields of a form; an empty one demands nothing.

    Each word of `all_of` is a word of the query. A document must hold a word of `any_of` and no
    word of `none_of`, the words of `exact` in a row, and each word of `in_title` in its title.
    """

    all_of: str = ""
    any_of: str = ""
    none_of: str = ""
    exact: str = ""
    in_title: str = ""
    source: str = ""
    since: date | None = None
    until: date | None = None


def write_query(form: QueryForm) -> str:
    """Write a form as a line of the query language."""
    plain = _words(form.all_of)
    parts = [
        _write_plain(plain),
        _write_phrase(form.exact, is_among_many=len(plain) > MAX_WORDS_AROUND_PHRASE),
        _write_choice(_words(form.any_of)),
        *(f"title:{word}" for word in _words(form.in_title)),
        *(f"-{word}" if word[0].isalpha() else f"NOT {word}" for word in _words(form.none_of)),
        _write_source(form.source),
        _write_days(form.since, form.until),
    ]
    return " ".join(filter(None, parts))


def _words(text: str) -> list[str]:
    """Return the words without marks, with words that would be operators in small letters."""
    words = (word for word in written_words(drop_invisible(text)) if terms(word))
    return [word.lower() if word in ("AND", "OR", "NOT") else word for word in words]


def _write_plain(words: Iterable[str]) -> str:
    line = " ".join(words)
    is_read_as_words = parse_query(line).plain == line
    return line if is_read_as_words else " AND ".join(words)  # only words in a row are read as days


def _write_phrase(text: str, *, is_among_many: bool) -> str:
    if not terms(text):
        return ""
    quoted = f'"{_in_one_line(text)}"'
    return f"{quoted}~0" if is_among_many else quoted  # a phrase among many words is a quotation


def _write_choice(words: list[str]) -> str:
    choices = words * 2 if len(words) == 1 else words  # one word alone would be a plain word
    return f"({' OR '.join(choices)})" if choices else ""


def _write_source(name: str) -> str:
    name = _in_one_line(name).strip(PUNCTUATION)
    return f'source:"{name}"' if name else ""


def _write_days(since: date | None, until: date | None) -> str:
    if since is None and until is None:
        return ""
    first, last = (max(day, _FIRST_DAY).isoformat() if day else "" for day in (since, until))
    return f"{first}..{last}"


def _in_one_line(text: str) -> str:
    return " ".join(drop_invisible(text).translate(_WITHOUT_QUOTES).split())
