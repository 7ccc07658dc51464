"""What a reader sees first of an answer: the sentence that answers, few marks, and the reasons."""

import re
from html import unescape

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder
from web import create_app
from web.pages.paragraphs import LONGEST

FILLER = "كلام كثير عن شؤون المدينة وأهلها. "
ISOLATES = dict.fromkeys(map(ord, "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"))
LINE = (FILLER * 30).strip()
ANSWER = "وصل الثلج إلى الجبل فأغلق الطريق."


def client_of(folder, records):
    dump = write_jsonl(folder / "d.jsonl", records)
    add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(folder / "a", load=NgramEncoder)
    return create_app(engine=engine).test_client()


def document_page(client, query):
    [hit, *_] = client.get("/api/search", query_string={"q": query}).get_json()["hits"]
    address = f"/document/{hit['id']}"
    return client.get(address, query_string={"q": query}).text, client.get(address).text, hit["id"]


def paragraphs_of(page):
    """Return the text of each paragraph of a body, by its offset."""
    body = page.split('<div class="body"')[1].split("</div>")[0]
    found = re.findall(r'<p data-start="(\d+)">(.*?)</p>', body, re.DOTALL)
    texts = (re.sub(r'<span class="unseen".*?</span>', "", text) for _, text in found)
    return {
        int(start): unescape(re.sub("<[^>]*>", "", text))
        for (start, _), text in zip(found, texts, strict=True)
    }


def near_in(page):
    return re.findall(r'<span class="near" id="near">.*?</span>(.*?)</span>', page)


@pytest.mark.parametrize(
    "body",
    [
        FILLER * 60 + ANSWER + " " + FILLER * 60,  # a single line
        "\n".join([LINE, f"{LINE} {ANSWER}", LINE]),
        f"{FILLER.strip()}\n{ANSWER}",  # a single passage
    ],
)
def test_the_sentence_that_answers_is_marked_and_long_lines_are_divided(tmp_path, body):
    client = client_of(tmp_path, [{"title": "أخبار الثلج", "body": body}])
    page, without_query, doc_id = document_page(client, "الثلج الجبل")
    assert near_in(page) == [ANSWER.replace("الثلج", "<mark>الثلج</mark>").replace(
        "الجبل", "<mark>الجبل</mark>")]  # fmt: skip
    assert ('href="#near"' in page) is (body.index(ANSWER) > 600)
    assert "<h1><bdi>أخبار الثلج</bdi></h1>" in page
    stored = client.get(f"/api/documents/{doc_id}").get_json()["body"]
    assert stored == body.strip()
    for shown in (page, without_query):
        paragraphs = paragraphs_of(shown)
        assert max(map(len, paragraphs.values())) <= LONGEST
        assert re.sub(r"\s", "", "".join(paragraphs.values())) == re.sub(r"\s", "", stored)
        assert all(stored.startswith(text, start) for start, text in paragraphs.items())
    assert near_in(without_query) == []


def test_no_sentence_is_marked_that_is_not_near_or_is_the_whole_text(tmp_path):
    records = [
        {"title": "الثلج في الجبل", "body": FILLER * 3},
        {"title": "خبر قصير", "body": ANSWER},
    ]
    client = client_of(tmp_path, records)
    for query in ("الثلج في الجبل", "خبر قصير"):
        assert near_in(document_page(client, query)[0]) == []


def test_a_very_common_word_is_marked_once_in_a_sentence(tmp_path):
    sentence = "المملكة الكبيرة والمملكة الصغيرة والثلج فوق الثلج."
    others = [
        {"title": f"خبر {number}", "body": f"زار الملك مدن المملكة {number}."}
        for number in range(25)
    ]
    client = client_of(tmp_path, [{"title": "الثلج", "body": f"{sentence} {sentence}"}, *others])
    query = "ثلج المملكة"
    once = ["المملكة", "والثلج", "الثلج"]
    page = client.get("/search", query_string={"q": query, "mode": "lexical"}).text
    snippet = re.search('<p class="snippet">(.*?)</p>', page)[1]
    assert re.findall("<mark>(.*?)</mark>", snippet) == [*once, *once]
    body = document_page(client, query)[0].split('<div class="body"')[1].split("</div>")[0]
    assert re.findall("<mark>(.*?)</mark>", body) == [*once, *once]
    [hit, *_] = client.get("/api/search", query_string={"q": query}).get_json()["hits"]
    assert len(hit["highlights"]) == 8  # programs get them all


def why(page, title):
    """Return the lines of the explanation of a hit: those in words, and those with numbers."""
    [hit] = [part for part in page.split('<li class="hit">')[1:] if f"<bdi>{title}</bdi>" in part]
    words, numbers = hit.split('<div class="why">')[1].split("<summary>")[:2]
    words, numbers = (part.translate(ISOLATES) for part in (words, numbers))
    lines = [re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", part) for part in (words, numbers)]
    return dict(lines[0]), dict(lines[1])


def test_the_reasons_of_a_hit_are_in_words_and_the_numbers_a_step_further(tmp_path):
    records = [
        {"title": "زيارة المدارس", "body": "أغلق الثلج طريق المدرسة."},
        {"title": "حريق", "body": "شب حريق في السوق."},
    ]
    client = client_of(tmp_path, records)
    words, numbers = why(
        client.get("/search", query_string={"q": "neige مدارس طريق نيزك"}).text, "زيارة المدارس"
    )
    assert words == {
        "كما في بحثك": "«المدارس»، «طريق»",
        "بلغة أخرى أو بحروف أخرى": "«الثلج» مقابل «neige»",
        "ليس في هذا المقطع": "«نيزك»",
        "المعنى": "أقرب نص إلى بحثك",
    }
    assert list(numbers) == ["الكلمات", "المعنى"]
    assert re.fullmatch(r"الرتبة 1، BM25 \d+\.\d", numbers["الكلمات"])
    assert re.fullmatch(r"الرتبة 1، تشابه \d+٪", numbers["المعنى"])
