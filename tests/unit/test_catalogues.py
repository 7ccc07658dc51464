"""The catalogues say everything, in both languages, and what is packaged is what was translated."""

import tomllib
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from tests.catalogues import LANGUAGES, missing, po_path, read, wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_pages_is_translated(language):
    catalog = read(language)
    needed = {one.id for one in wanted() if one.id}
    assert needed == {one.id for one in catalog if one.id}, "run python -m tests.catalogues"
    assert missing(catalog) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_translated_one(language):
    # Not its bytes: Babel writes its own version into them.
    with po_path(language).with_suffix(".mo").open("rb") as file:
        packaged = read_mo(file)
    assert texts(packaged) == texts(read(language)), "run python -m tests.catalogues"


def texts(catalog):
    return {forms(one.id): forms(one.string) for one in catalog if one.id}


def forms(text):
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_what_is_filled_in(language):
    for one in read(language):
        if one.id and isinstance(one.id, str):
            assert list(one.check()) == []


def test_what_the_pages_need_is_packaged():
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    globs = project["tool"]["setuptools"]["package-data"]["web"]
    packaged = {path for glob in globs for path in (root / "web").glob(glob)}
    needed = {path for name in ("templates", "static") for path in (root / "web" / name).iterdir()}
    needed |= {po_path(language).with_suffix(".mo") for language in LANGUAGES}
    assert needed - packaged == set()
