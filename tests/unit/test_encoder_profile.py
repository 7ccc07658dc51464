"""What is tuned to an encoder's scores lies beside its weights, and is what the engine goes by."""

import json

import pytest

from search.encoders.loading import MODEL_DIRECTORY, load_encoder
from search.encoders.profile import PROFILE, EncoderProfile, read_profile
from search.engine import SearchEngine
from search.errors import EncoderError
from search.index.live import LiveArchive
from search.records import Document, Kind, Query
from tests.memory_index import MemoryArchive

DOCUMENTS = [
    Document("snow", Kind.ARTICLE, "معطف أبيض", "تساقط الثلج وأغلق طريق الجبل.", language="ar"),
    Document("match", Kind.HEADLINE, "مباراة كرة القدم تنتهي بالتعادل", language="ar"),
    Document("rain", Kind.HEADLINE, "أمطار وثلوج تغلق الطرق", language="ar"),
]  # fmt: skip


@pytest.fixture
def model(tmp_path):
    """Give the shipped model without its profile, so that another may lie beside its weights."""
    folder = tmp_path / "model"
    folder.mkdir()
    for path in MODEL_DIRECTORY.iterdir():
        if path.name != PROFILE:
            (folder / path.name).symlink_to(path)
    return folder


def engine_of(model, profile):
    (model / PROFILE).write_text(profile.to_json(), encoding="utf-8")
    encoder = load_encoder(str(model))
    archive = MemoryArchive(encoder)
    archive.add(DOCUMENTS)
    return SearchEngine(LiveArchive(archive, load_encoder))


def related(page):
    return [hit.snippet[start:end] for hit in page.hits for start, end in hit.related]


def test_the_shipped_profile_is_what_an_encoder_without_one_has(tmp_path):
    assert load_encoder().profile == EncoderProfile() == read_profile(tmp_path)
    assert json.loads((MODEL_DIRECTORY / PROFILE).read_text(encoding="utf-8")) == json.loads(
        EncoderProfile().to_json()
    )


def test_the_profile_says_which_words_are_near(model):
    query = Query("hiver en montagne")
    few, many = (
        set(related(engine_of(model, EncoderProfile(related_word=least)).search(query)))
        for least in (1.1, -1.0)
    )
    assert few < many  # what the thesaurus knows is marked by any profile


def test_the_profile_says_which_documents_are_near(model):
    for least, expected in ((-1.0, {"match", "rain"}), (1.1, set())):
        engine = engine_of(model, EncoderProfile(nearest_document=least))
        assert {document.doc_id for document in engine.similar("snow", 5)} == expected


def test_the_profile_says_how_much_meaning_counts(model):
    query = Query("مباراة الطريق")
    by_weight = {}
    for weight in (0.0, 1.0):
        profile = EncoderProfile(weight_if_words_silent=weight, weight_if_words_strong=weight)
        [hit, *_] = engine_of(model, profile).search(query).hits
        by_weight[weight] = hit.score
    assert by_weight[0.0] != by_weight[1.0]


@pytest.mark.parametrize("content", ["", "[]", "null", '{"related": 1}', '{"related_word": "x"}'])
def test_a_broken_profile_is_refused_by_name(model, content):
    (model / PROFILE).write_text(content, encoding="utf-8")
    with pytest.raises(EncoderError, match=r"profile\.json is no encoder profile"):
        load_encoder(str(model))


def test_a_profile_may_say_less_than_everything(model):
    (model / PROFILE).write_text('{"related_word": 0.6}', encoding="utf-8")
    assert load_encoder(str(model)).profile == EncoderProfile(related_word=0.6)
