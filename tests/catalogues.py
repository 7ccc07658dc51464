"""Extract the messages of the pages, and compile the catalogue of each language of the pages.

    python -m tests.catalogues    # updates web/translations; then translate the empty messages

Arabic is the original. Error messages are plain strings in the code, without a call that marks
them, and are recognised by their Arabic letters.
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
from web.pages.preferences import INTERFACES

WEB = Path(__file__).parents[1] / "web"
LANGUAGES = tuple(language for language in INTERFACES if language != "ar")
_METHODS = [("**.py", "python"), ("templates/**", "jinja2")]
# The second argument of `Noun` is its form for one, the fourth its form for 3 to 10.
_KEYWORDS = {
    "_": None, "gettext": None, "translate": None, "lazy_translate": None, "Noun": (2, 4),
}  # fmt: skip
_ERROR_MODULES = (web.parameter_errors, web.error_handlers)


def extract_messages() -> Catalog:
    """Extract every message of the pages."""
    catalog = Catalog(domain="messages")
    extracted = extract_from_dir(str(WEB), _METHODS, keywords=_KEYWORDS)
    for _, _, message, _, _ in extracted:
        catalog.add(message)
    for module in _ERROR_MODULES:
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


def compile_catalog(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def update(language: str) -> int:
    """Update the catalogue of a language; return the number of its untranslated messages."""
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog = read(language) if path.exists() else Catalog(locale=language)
    catalog.update(extract_messages(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = "# What the pages of arshif say; Arabic is the original."
    catalog.project, catalog.version = "arshif", "0.1"
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_output=True, omit_header=False)
    path.with_suffix(".mo").write_bytes(compile_catalog(catalog))
    return len(untranslated(catalog))


def untranslated(catalog: Catalog) -> list[str]:
    """Return the messages without a translation."""

    def is_empty(text) -> bool:
        return not all(text) if isinstance(text, tuple) else not text

    return [str(message.id) for message in catalog if message.id and is_empty(message.string)]


if __name__ == "__main__":
    counts = {language: update(language) for language in LANGUAGES}
    print(", ".join(f"{language}: {count} to translate" for language, count in counts.items()))
    sys.exit(any(counts.values()))
