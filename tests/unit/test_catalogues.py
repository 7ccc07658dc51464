"""The catalogues translate every sentence of the pages, and the package contains them."""

import re
import tomllib
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from tests.catalogues import CATALOGUES, extract, po_path, read, untranslated


@pytest.mark.parametrize(("name", "language"), CATALOGUES)
def test_every_sentence_of_the_pages_is_translated(name, language):
    catalog = read(name, language)
    translated = {message.id for message in catalog if message.id}
    extracted = {message.id for message in extract(name) if message.id}
    assert translated == extracted, "run python -m tests.catalogues"
    assert untranslated(catalog) == []


@pytest.mark.parametrize(("name", "language"), CATALOGUES)
def test_the_compiled_catalogue_has_the_translations_of_its_source(name, language):
    # The bytes may differ: Babel writes its own version into them.
    with po_path(name, language).with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    assert translations(compiled) == translations(read(name, language)), (
        "run python -m tests.catalogues"
    )


def translations(catalog):
    return {forms(message.id): forms(message.string) for message in catalog if message.id}


def forms(text):
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize(("name", "language"), CATALOGUES)
def test_translations_keep_the_placeholders_of_the_original(name, language):
    messages = [message for message in read(name, language) if message.id]
    singular = [message for message in messages if isinstance(message.id, str)]
    assert {message.id: [*message.check()] for message in singular if [*message.check()]} == {}


# What a language does not write: another's marks, or French double marks after a space that breaks.
FOREIGN_MARKS = {
    "ar": r"[,;?“”]|\bدون\b|جريدة|جرائد|مصادر",
    "fr": r"[“”،؛؟]|\S [:;?!»]|« |\w'\w",
    "en": r"[«»،؛؟]|\w'\w",
}


def test_every_language_has_its_own_punctuation_and_one_word_for_a_newspaper():
    sentences = {
        "ar": [text for m in extract("messages") for text in forms(m.id)],
        "fr": [],
        "en": [],
    }
    for name, language in CATALOGUES:
        messages = [message for message in read(name, language) if message.id]
        sentences[language] += [text for message in messages for text in forms(message.string)]
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
    needed |= {po_path(*catalogue).with_suffix(".mo") for catalogue in CATALOGUES}
    assert needed - packaged == set()
