"""The French and English catalogues: finds what they must say, and compiles them.

    python -m tests.catalogues    # brings web/translations up to date; then translate what is empty

Arabic is the original. Sentences of the refusals are found by their letters, for they are plain
text where they are raised.
"""

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import web.error_handlers
import web.parameter_errors

WEB = Path(__file__).parents[1] / "web"
LANGUAGES = ("fr", "en")
_METHODS = [("**.py", "python"), ("templates/**", "jinja2")]
# A noun is known by its second form (one) and its fourth (3 to 10).
_KEYWORDS = {
    "_": None, "gettext": None, "translate": None, "lazy_translate": None, "Noun": (2, 4),
}  # fmt: skip
_REFUSING = (web.parameter_errors, web.error_handlers)


def wanted() -> Catalog:
    """Collect every message of the pages."""
    catalog = Catalog(domain="messages")
    found = extract_from_dir(str(WEB), _METHODS, keywords=_KEYWORDS)
    for _, _, message, _, _ in found:
        catalog.add(message)
    for module in _REFUSING:
        for sentence in _arabic_texts(module):
            catalog.add(sentence)
    return catalog


def _arabic_texts(module) -> Iterator[str]:
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
              for part in node.values}  # fmt: skip
    inside |= {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "examples"  # queries, not sentences
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and _is_arabic(ast.unparse(node)):
            code = compile(ast.Expression(node), module.__file__, "eval")
            yield eval(code, vars(module))
        elif isinstance(node, ast.Constant) and id(node) not in inside and _is_arabic(node.value):
            yield node.value


def _is_arabic(value: object) -> bool:
    return isinstance(value, str) and any("\u0621" <= char <= "\u064a" for char in value)


def po_path(language: str) -> Path:
    return WEB / "translations" / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def update(language: str) -> int:
    """Bring one catalogue up to date; give how many messages wait for a translation."""
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog = read(language) if path.exists() else Catalog(locale=language)
    catalog.update(wanted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = "# What the pages of arshif say; Arabic is the original."
    catalog.project, catalog.version = "arshif", "0.1"
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_output=True, omit_header=False)
    path.with_suffix(".mo").write_bytes(compiled(catalog))
    return len(missing(catalog))


def missing(catalog: Catalog) -> list[str]:
    """Name the messages without a translation."""

    def is_empty(text) -> bool:
        return not all(text) if isinstance(text, tuple) else not text

    return [str(one.id) for one in catalog if one.id and is_empty(one.string)]


if __name__ == "__main__":
    waiting = {language: update(language) for language in LANGUAGES}
    print(", ".join(f"{language}: {count} to translate" for language, count in waiting.items()))
    sys.exit(any(waiting.values()))
