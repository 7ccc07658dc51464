import json
from datetime import date

import pytest

from indexer.readers.mojibake import Damage
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from indexer.readers.page import LARGEST_PAGE, read_pages
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


def test_a_headline_never_takes_the_articles_date():
    *headlines, article = read(PAGE, captured_on=None)
    assert {headline.date for headline in headlines} == {None}
    assert article.date == date(2020, 12, 26)


@pytest.mark.parametrize("separator", ["    ", "\u00a0" * 4, "\t\t\t\t", "      ", "&nbsp;" * 4])
def test_headlines_stand_four_spaces_apart(separator):
    found = read(f"أول عنوان{separator}ثاني عنوان\n{ARTICLE}")
    assert [document.title for document in found[:2]] == ["أول عنوان", "ثاني عنوان"]


def test_a_line_above_the_title_is_no_headline_without_separators():
    assert [d.title for d in read(f"سطر عابر\n\n{ARTICLE}")] == ["سقوط أمطار غزيرة"]


def test_the_same_headline_has_the_same_id_on_every_page():
    first, second = read("خبر اليوم    طقس\n")[0], read("طقس    خَبَر اليوم\n")[1]
    assert first.doc_id == second.doc_id


LONG_TICKER = "عنوان أول    عنوان ثان    عنوان ثالث    عنوان رابع    عنوان خامس    "


def kinds(text):
    return [o.kind if isinstance(o, Document) else o for o in read(text)]


def test_a_file_of_many_pages_gives_each():
    page = [Kind.HEADLINE] * 4 + [Kind.ARTICLE]
    assert kinds("\n".join([PAGE, PAGE, PAGE])) == page * 3


def test_pages_of_articles_alone_follow_one_another():
    assert kinds(f"{ARTICLE}\n{ARTICLE}\n\n{ARTICLE}") == [Kind.ARTICLE] * 3


def test_a_page_without_its_article_does_not_take_the_next_ones():
    first, second = f"{LONG_TICKER}\n{REPORT}\n", f"{LONG_TICKER}\n{REPORT}\n{ARTICLE}"
    found = kinds(first + second)
    lacking = Reject("page without an article", "page.txt")
    assert found == [Kind.HEADLINE] * 5 + [lacking] + [Kind.HEADLINE] * 5 + [Kind.ARTICLE]


def test_an_article_cut_off_does_not_take_the_next_page():
    cut = ARTICLE.split("فقرة ثانية")[0]
    lacking = Reject("article cut off: its closing line is missing", "page.txt")
    ticker = [Kind.HEADLINE] * 5
    assert kinds(f"{cut}\n{LONG_TICKER}\n{ARTICLE}") == [lacking, *ticker, Kind.ARTICLE]
    assert kinds(f"{cut}\n{ARTICLE}") == [lacking, Kind.ARTICLE]


SPELLINGS = {
    "a sign of direction before it": lambda line: f"\u200f{line}",
    "embedded": lambda line: f"\u202b{line}\u202c",
    "signs of direction within": lambda line: line.replace(" ", " \u200f", 1),
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


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_sites_lines_are_found_however_they_are_spelled(spelling):
    spelled = [SPELLINGS[spelling](line) for line in PAGE.split("\n")]
    of_the_site = ("نشر في", "انقر", "شكرا", "سيتم")
    for begins in (*((start,) for start in of_the_site), of_the_site):
        lines = PAGE.split("\n")
        page = [
            s if line.startswith(begins) else line for s, line in zip(spelled, lines, strict=True)
        ]
        *headlines, article = read("\n".join(page))
        assert len(headlines) == 4
        assert (article.title, fold(article.source)) == ("سقوط أمطار غزيرة", fold("جريدة السهل"))
        assert (article.date, article.body) == (date(2020, 12, 26), "فقرة أولى.\nفقرة ثانية.")


def test_a_misread_or_escaped_page_is_read_and_noted():
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


def test_a_footer_after_the_last_article_is_no_page():
    assert kinds(f"{ARTICLE}\nكل الحقوق محفوظة\n") == [Kind.ARTICLE]


def test_a_page_without_end_is_rejected_and_the_next_one_read():
    endless = f"{LONG_TICKER}\n" + "كلام لا ينتهي\n" * (LARGEST_PAGE // 12)
    *_, article = read_pages(f"{endless}{LONG_TICKER}\n{ARTICLE}".splitlines(), Origin("page.txt"))
    assert isinstance(article, Document)
    found = kinds(endless + PAGE)
    assert found[0] == Reject(f"page longer than {LARGEST_PAGE:,} characters", "page.txt")


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (TICKER, "page without an article"),
        ("نص لا يشبه صفحة", "neither a headline nor an article"),
        (PAGE.split("انقر")[0], "article cut off: its closing line is missing"),
        (PAGE[: PAGE.index("فقرة ثانية") + 4], "article cut off: its closing line is missing"),
        (
            f"{TICKER}\nنشر في جريدة يوم 26 - 12 - 2020\nنص\nانقر هنا لقراءة الخبر من مصدره.",
            "article without a title",
        ),
        (PAGE.replace("فقرة أولى.\nفقرة ثانية.", ""), "article without a body"),
    ],
)
def test_what_is_no_whole_page_is_rejected_by_its_reason(page, reason):
    assert read(page)[-1] == Reject(reason, "page.txt")


def test_headlines_of_a_cut_off_page_are_kept():
    titles = [d.title for d in read(PAGE.split("فقرة أولى")[0]) if isinstance(d, Document)]
    assert titles == ["عنوان أول", "عنوان ثان: 24%", "«عنوان» ثالث..", "Titre en français"]


def test_a_date_that_never_was_is_noted_and_left_out():
    *_, note, article = read(PAGE.replace("26 - 12 - 2020", "31 - 02 - 2020"))
    assert note == Note("impossible date")
    assert article.date is None
