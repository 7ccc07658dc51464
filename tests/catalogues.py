"""Extract the messages of the pages, and compile the catalogues of their languages.

    python -m tests.catalogues    # updates web/translations; then translate the empty messages

The catalogue `messages` has the sentences of the pages, whose original is Arabic; error messages
are plain strings in the code, without a call that marks them, and are recognised by their Arabic
letters. The catalogue `api` has the sentences of `/openapi.json`, whose original is English.
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
from web.api.documentation import translate_sentences
from web.api.openapi import build_openapi
from web.pages.preferences import INTERFACES

WEB = Path(__file__).parents[1] / "web"
# Each catalogue by its name and language.
CATALOGUES = [
    (name, language)
    for name, original in (("messages", "ar"), ("api", "en"))
    for language in INTERFACES
    if language != original
]
_METHODS = [("**.py", "python"), ("templates/**", "jinja2")]
# The second argument of `Noun` is its form for one, the fourth its form for 3 to 10.
_KEYWORDS = {
    "_": None, "gettext": None, "translate": None, "lazy_translate": None, "Noun": (2, 4),
}  # fmt: skip
_COMMENTS = {
    "messages": "# What the pages of arshif say; Arabic is the original.",
    "api": "# How the API of arshif is described; English is the original.",
}
_ERROR_MODULES = (web.parameter_errors, web.error_handlers)


def extract(name: str) -> Catalog:
    """Extract every sentence that a catalogue translates."""
    return _extract_pages() if name == "messages" else _extract_api()


def _extract_api() -> Catalog:
    catalog = Catalog(domain="api")
    translate_sentences(build_openapi(version="", needs_key=True), lambda text: _add(catalog, text))
    return catalog


def _add(catalog: Catalog, text: str) -> str:
    catalog.add(text)
    return text


def _extract_pages() -> Catalog:
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


def po_path(name: str, language: str) -> Path:
    return WEB / "translations" / language / "LC_MESSAGES" / f"{name}.po"


def read(name: str, language: str) -> Catalog:
    with po_path(name, language).open("rb") as file:
        return read_po(file, locale=language)


def compile_catalog(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def update(name: str, language: str) -> int:
    """Update a catalogue; return the number of its untranslated messages."""
    path = po_path(name, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog = read(name, language) if path.exists() else Catalog(locale=language)
    catalog.update(extract(name), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = _COMMENTS[name]
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
    counts = {catalogue: update(*catalogue) for catalogue in CATALOGUES}
    print(", ".join(f"{' '.join(key)}: {count} to translate" for key, count in counts.items()))
    sys.exit(any(counts.values()))
