"""Parse the language of a record: the codes, regions and names of a language become one tag.

«ar», «AR», «ar-MA», «ara», «Arabic» and «العربية» are `ar`. `languages.tsv` lists the codes of ISO
639 and the names in English, French and Arabic of the languages that the press is written in, and
Arabic's spoken varieties, which are written as Arabic.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from search.language.analysis import fold
from search.tables import read_table

_TABLE = Path(__file__).parent / "languages.tsv"
_SEPARATORS = re.compile(r"[-_@.;,/]")
_CODE = re.compile("[a-z]{2}")  # of ISO 639-1, outside the table


@lru_cache(1000)  # a dump repeats a handful
def language_tag(written: str) -> str | None:
    """Return the tag of a language as a dump writes it; None if the text names no language."""
    folded = " ".join(fold(written).split())
    names = _tag_by_name()
    primary = _SEPARATORS.split(folded, maxsplit=1)[0].strip()
    if tag := names.get(folded) or names.get(primary) or names.get(primary.split("(")[0].strip()):
        return tag
    return primary if _CODE.fullmatch(primary) else None


@cache
def _tag_by_name() -> Mapping[str, str]:
    return {fold(name): tag for tag, name in read_table(_TABLE, ("language", "name"))}
