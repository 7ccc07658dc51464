"""Parse the language of a record: the codes, regions and names of a language become one tag.

«ar», «AR», «ar-MA», «ara», «Arabic» and «العربية» are `ar`. The codes of ISO 639 and the names in
Arabic, French and English come from Babel (Unicode's CLDR). `languages.tsv` adds other names, those
of the languages themselves, and the spoken varieties of Arabic, which are written as Arabic.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale
from babel.core import get_global

from search.language.analysis import fold
from search.tables import read_table

_TABLE = Path(__file__).parent / "languages.tsv"
_SEPARATORS = re.compile(r"[-_@.;,/]")
_CODE = re.compile("[a-z]{2}")  # of ISO 639-1


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
    tags = {code: tag.partition("_")[0] for code, tag in get_global("language_aliases").items()}
    tags |= {fold(name): tag for tag, name in read_table(_TABLE, ("language", "name"))}
    names = {}
    for locale in ("ar", "fr", "en"):
        for code, name in Locale(locale).languages.items():
            language = code.partition("_")[0]  # a name may be that of a region: «ar_001»
            if language in tags or _CODE.fullmatch(language):
                tag = tags.get(language, language)
                names[fold(name)] = names[fold(name).removeprefix("ال")] = tag
    return names | tags
