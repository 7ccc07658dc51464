"""The catalogues translate every sentence of the pages, and the package contains them."""

import re
import tomllib
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from tests.catalogues import LANGUAGES, extract_messages, po_path, read, untranslated


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_pages_is_translated(language):
    catalog = read(language)
    translated = {message.id for message in catalog if message.id}
    extracted = {message.id for message in extract_messages() if message.id}
    assert translated == extracted, "run python -m tests.catalogues"
    assert untranslated(catalog) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_has_the_translations_of_its_source(language):
    # The bytes may differ: Babel writes its own version into them.
    with po_path(language).with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    assert translations(compiled) == translations(read(language)), "run python -m tests.catalogues"


def translations(catalog):
    return {forms(message.id): forms(message.string) for message in catalog if message.id}


def forms(text):
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_placeholders_of_the_original(language):
    messages = [message for message in read(language) if message.id]
    singular = [message for message in messages if isinstance(message.id, str)]
    assert {message.id: [*message.check()] for message in singular if [*message.check()]} == {}


# What a language does not write: another's marks, or French double marks after a space that breaks.
FOREIGN_MARKS = {
    "ar": r"[,;?“”]|\bدون\b|جريدة|جرائد|مصادر",
    "fr": r"[“”،؛؟]|\S [:;?!»]|« |\w'\w",
    "en": r"[«»،؛؟]|\w'\w",
}


def test_every_language_has_its_own_punctuation_and_one_word_for_a_newspaper():
    sentences = {"ar": [form for m in extract_messages() if m.id for form in forms(m.id)]}
    sentences |= {
        language: [form for m in read(language) if m.id for form in forms(m.string)]
        for language in LANGUAGES
    }
    found = {
        language: [text for text in sentences[language] if re.search(marks, text)]
        for language, marks in FOREIGN_MARKS.items()
    }
    assert found == {"ar": [], "fr": [], "en": []}


def test_templates_static_files_and_catalogues_are_packaged():
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    globs = project["tool"]["setuptools"]["package-data"]["web"]
    packaged = {path for glob in globs for path in (root / "web").glob(glob)}
    needed = {path for name in ("templates", "static") for path in (root / "web" / name).iterdir()}
    needed |= {po_path(language).with_suffix(".mo") for language in LANGUAGES}
    assert needed - packaged == set()
