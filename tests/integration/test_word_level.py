"""Forms of one word: the form that was typed ranks before the other forms."""

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.records import Mode, Query
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder

ARTICLES = {
    "plural": ("قوارب الصيد", "ترسو القوارب في الميناء منذ أيام."),
    "singular": ("قارب يغرق", "غرق القارب قبالة الشاطئ ونجا البحارة."),
    "Fez": ("مهرجان في فاس", "تستقبل فاس ضيوفها هذا الأسبوع."),
    "axe": ("فأس قديمة", "عثر فلاح على فأس من النحاس."),
    "salt": ("طعام مالح", "طعام مالح يضر الصحة، وبيع الملح يتراجع."),
    "Sale": ("جولة في سلا", "تفتح سلا أبواب متاحفها."),
    "number": ("دعم المزارعين", "نال كل مزارع 12\u202f500 درهم من الصندوق."),
    "ruins": ("آثار وليلي", "زار التلاميذ آثار المدينة القديمة."),
    "stirred": ("قرار أثار الجدل", "أثار القرار جدلا واسعا بين السكان."),
}
RANKED_BY_WORD = {
    "القوارب": ["plural", "singular"],
    "قارب": ["singular", "plural"],
    "Fès": ["Fez"],
    "فأس": ["axe", "Fez"],
    "Salé": ["Sale"],
    "12500": ["number"],
    "12 500": ["number"],
    "12\u00a0500": ["number"],
    "آثار": ["ruins", "stirred"],
    "أثار": ["stirred", "ruins"],
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    records = [
        {"id": name, "title": title, "body": body} for name, (title, body) in ARTICLES.items()
    ]
    dump = write_jsonl(folder / "dump.jsonl", records)
    add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    return SearchEngine.open(folder / "a", load=NgramEncoder)


def test_the_form_as_typed_ranks_before_the_other_forms(engine):
    ranked = {
        word: [hit.document.title for hit in engine.search(Query(word, Mode.LEXICAL)).hits]
        for word in RANKED_BY_WORD
    }
    assert ranked == {
        word: [ARTICLES[name][0] for name in names] for word, names in RANKED_BY_WORD.items()
    }


def test_a_number_is_highlighted_with_the_space_in_it(engine):
    [hit] = engine.search(Query("12500", Mode.LEXICAL)).hits
    assert [hit.snippet[start:end] for start, end in hit.highlights] == ["12 500"]
