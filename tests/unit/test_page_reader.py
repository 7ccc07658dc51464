"""Archive pages saved as text: a run of headlines, then an article."""

import json
from datetime import date

import pytest

from indexer.readers.archive_page import LARGEST_PAGE, read_pages
from indexer.readers.mojibake import Damage
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from search.language.analysis import fold
from search.records import Document, Kind

CAPTURED = date(2026, 3, 20)
TICKER = "عنوان أول    عنوان ثان: 24%        «عنوان» ثالث..    Titre en français    "
REPORT = "شكرا على الإبلاغ!\nسيتم حجب هذه الصورة تلقائيا عندما يتم الإبلاغ عنها من طرف عدة أشخاص."
ARTICLE = (
    "سقوط أمطار غزيرة\nنشر في جريدة السهل يوم 26 - 12 - 2020\n\nفقرة أولى.\nفقرة ثانية.\n\n\n"
    "انقر هنا لقراءة الخبر من مصدره."
)
PAGE = f"{TICKER}\n\n\n{REPORT}\n\n\n{ARTICLE}"


def read(text, captured_on=CAPTURED):
    return list(read_pages(text.splitlines(), Origin("page.txt", captured_on=captured_on)))


def test_a_page_gives_its_headlines_then_its_article():
    *headlines, article = read(PAGE)
    assert [(h.kind, h.title, h.date) for h in headlines] == [
        (Kind.HEADLINE, "عنوان أول", CAPTURED),
        (Kind.HEADLINE, "عنوان ثان: 24%", CAPTURED),
        (Kind.HEADLINE, "«عنوان» ثالث..", CAPTURED),
        (Kind.HEADLINE, "Titre en français", CAPTURED),
    ]
    assert headlines[-1].language == "fr"
    assert isinstance(article, Document)
    assert (article.kind, article.title) == (Kind.ARTICLE, "سقوط أمطار غزيرة")
    assert (article.source, article.date) == ("جريدة السهل", date(2020, 12, 26))
    assert article.body == "فقرة أولى.\nفقرة ثانية."


def test_a_headline_does_not_have_the_date_of_the_article():
    *headlines, article = read(PAGE, captured_on=None)
    assert {headline.date for headline in headlines} == {None}
    assert article.date == date(2020, 12, 26)


def test_four_spaces_or_more_separate_headlines():
    for separator in ("    ", "\u00a0" * 4, "\t\t\t\t", "      ", "&nbsp;" * 4):
        first, second, *_ = read(f"أول عنوان{separator}ثاني عنوان\n{ARTICLE}")
        assert (first.title, second.title) == ("أول عنوان", "ثاني عنوان"), repr(separator)
    [article] = read(f"سطر عابر\n\n{ARTICLE}")  # a line without separators is no headline
    assert article.title == "سقوط أمطار غزيرة"


def test_a_headline_has_the_same_id_on_every_page():
    first, second = read("خبر اليوم    طقس\n")[0], read("طقس    خَبَر اليوم\n")[1]
    assert first.doc_id == second.doc_id


LONG_TICKER = "عنوان أول    عنوان ثان    عنوان ثالث    عنوان رابع    عنوان خامس    "


def kinds(text):
    """Return the kinds of the documents of a text, and the rejects and notes between them."""
    return [outcome.kind if isinstance(outcome, Document) else outcome for outcome in read(text)]


def test_every_page_of_a_file_is_read():
    page = [Kind.HEADLINE] * 4 + [Kind.ARTICLE]
    assert kinds("\n".join([PAGE, PAGE, PAGE])) == page * 3
    assert kinds(f"{ARTICLE}\n{ARTICLE}\n\n{ARTICLE}") == [Kind.ARTICLE] * 3


def test_a_page_without_an_article_does_not_take_the_article_of_the_next_page():
    first, second = f"{LONG_TICKER}\n{REPORT}\n", f"{LONG_TICKER}\n{REPORT}\n{ARTICLE}"
    rejected = Reject("page without an article", "page.txt")
    ticker = [Kind.HEADLINE] * 5
    assert kinds(first + second) == [*ticker, rejected, *ticker, Kind.ARTICLE]


def test_an_article_that_is_cut_off_does_not_take_the_next_page():
    cut = ARTICLE.split("فقرة ثانية")[0]
    rejected = Reject("article cut off: its closing line is missing", "page.txt")
    ticker = [Kind.HEADLINE] * 5
    assert kinds(f"{cut}\n{LONG_TICKER}\n{ARTICLE}") == [rejected, *ticker, Kind.ARTICLE]
    assert kinds(f"{cut}\n{ARTICLE}") == [rejected, Kind.ARTICLE]


SPELLINGS = {
    "a direction mark before the line": lambda line: f"\u200f{line}",
    "an embedding": lambda line: f"\u202b{line}\u202c",
    "direction marks within the line": lambda line: line.replace(" ", " \u200f", 1),
    "no-break spaces": lambda line: line.replace(" ", "\u00a0"),
    "narrow no-break spaces": lambda line: line.replace(" ", "\u202f"),
    "entities": lambda line: line.replace(" ", "&nbsp;", 1).replace(" ", "&#160;"),
    "entities escaped twice": lambda line: line.replace(" ", "&amp;nbsp;"),
    "tabs": lambda line: "\t" + line.replace(" ", "\t"),
    "Persian letters": lambda line: line.replace("ي", "ی").replace("ه", "ہ"),
    "alef maksura": lambda line: line.replace("في", "فى"),
    "tatweel": lambda line: line.replace("نش", "نـــش").replace("نق", "نـق"),
    "vowels": lambda line: line.replace("نش", "نَشّ").replace("نق", "نقُ"),
    "presentation forms": lambda line: line.replace("في", "ﻓﻲ").replace("لق", "ﻟﻘ"),
    "hamza left out": lambda line: line.replace("إ", "ا"),
    "a damaged letter": lambda line: line.replace("ش", "\ufffd").replace("ق", "\ufffd\ufffd", 1),
    "an octet too many": lambda line: line.replace("نش", "ن\ufffdش").replace("نق", "ن\ufffdق"),
}


def test_lines_of_the_site_are_recognised_in_every_spelling():
    of_the_site = ("نشر في", "انقر", "شكرا", "سيتم")
    for spelling, spell in SPELLINGS.items():
        for begins in (*((beginning,) for beginning in of_the_site), of_the_site):
            case = (spelling, begins)
            lines = (spell(s) if s.startswith(begins) else s for s in PAGE.split("\n"))
            *headlines, article = read("\n".join(lines))
            assert len(headlines) == 4, case
            assert article.title == "سقوط أمطار غزيرة", case
            assert fold(article.source) == fold("جريدة السهل"), case
            assert article.date == date(2020, 12, 26), case
            assert article.body == "فقرة أولى.\nفقرة ثانية.", case


def test_a_page_with_escapes_or_in_a_wrong_encoding_is_read_with_a_note():
    escaped = "\n".join(json.dumps(line)[1:-1] for line in PAGE.split("\n"))
    for page, reason in (
        (PAGE.encode("iso8859-6", "ignore").decode("cp1256"), Damage.REPAIRED),
        (PAGE.encode().decode("cp1252", "replace"), Damage.REPAIRED),
        (escaped, Damage.ESCAPED),
    ):
        *headlines, article, note = read(page)
        assert len(headlines) == 4
        assert (article.source, article.date) == ("جريدة السهل", date(2020, 12, 26))
        assert note == Note(reason)


def test_a_footer_after_the_last_article_is_ignored():
    assert kinds(f"{ARTICLE}\nكل الحقوق محفوظة\n") == [Kind.ARTICLE]


@pytest.mark.slow
def test_a_page_that_is_too_long_is_rejected_and_the_next_page_is_read():
    endless = f"{LONG_TICKER}\n" + "كلام لا ينتهي\n" * (LARGEST_PAGE // 12)
    rejected, *_, article = read(f"{endless}{LONG_TICKER}\n{ARTICLE}")
    assert rejected == Reject(f"page longer than {LARGEST_PAGE:,} characters", "page.txt")
    assert article.title == "سقوط أمطار غزيرة"


def test_an_incomplete_page_is_rejected_with_a_reason():
    untitled = f"{TICKER}\nنشر في جريدة يوم 26 - 12 - 2020\nنص\nانقر هنا لقراءة الخبر من مصدره."
    expected = {
        TICKER: "page without an article",
        "نص لا يشبه صفحة": "neither a headline nor an article",
        PAGE.split("انقر")[0]: "article cut off: its closing line is missing",
        PAGE[: PAGE.index("فقرة ثانية") + 4]: "article cut off: its closing line is missing",
        untitled: "article without a title",
        PAGE.replace("فقرة أولى.\nفقرة ثانية.", ""): "article without a body",
    }
    last = {page: read(page)[-1] for page in expected}
    assert last == {page: Reject(reason, "page.txt") for page, reason in expected.items()}


def test_headlines_of_a_page_that_is_cut_off_are_kept():
    *headlines, _ = read(PAGE.split("فقرة أولى")[0])
    titles = [headline.title for headline in headlines]
    assert titles == ["عنوان أول", "عنوان ثان: 24%", "«عنوان» ثالث..", "Titre en français"]


def test_an_impossible_date_is_left_out_with_a_note():
    *_, note, article = read(PAGE.replace("26 - 12 - 2020", "31 - 02 - 2020"))
    assert note == Note("impossible date")
    assert article.date is None
