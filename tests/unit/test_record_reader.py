import io
import json
import time
from datetime import date, datetime

import pytest

from indexer.readers.escapes import decode_escapes
from indexer.readers.jsonl import LONGEST_LINE, read_jsonl
from indexer.readers.languages import language_tag
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from search.records import Document, Kind


def read(*lines, captured_on=None):
    content = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    stream = io.BufferedReader(io.BytesIO(content))
    return list(read_jsonl(stream, Origin("dump", captured_on=captured_on)))


def line(**fields):
    return json.dumps(fields, ensure_ascii=False)


def test_a_record_with_a_body_is_an_article():
    [article] = read(
        line(
            title=" أمطار  غزيرة ",
            body="فقرة.\r\n\r\n فقرة.",
            source="السهل",
            date="2020-12-26",
            x=1,
        )
    )
    assert (article.kind, article.title, article.body) == (
        Kind.ARTICLE,
        "أمطار غزيرة",
        "فقرة.\nفقرة.",
    )
    assert (article.source, article.date, article.language) == ("السهل", date(2020, 12, 26), "ar")


def test_a_record_with_only_a_title_is_a_headline_of_the_day_it_was_captured():
    [headline] = read(line(title="أمطار"), captured_on=date(2026, 3, 20))
    assert (headline.kind, headline.date) == (Kind.HEADLINE, date(2026, 3, 20))


def test_a_headline_with_its_own_date_keeps_it():
    [headline] = read(line(title="أمطار", date="1/2/2019"), captured_on=date(2026, 3, 20))
    assert headline.date == date(2019, 2, 1)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"id": "7", "title": "أ", "body": "ب"}, {"id": "7", "title": "ت", "body": "ث"}, True),
        ({"url": "http://x/1", "body": "ب"}, {"url": "http://x/1", "body": "ث"}, True),
        ({"url": "http://x/1", "body": "ب"}, {"url": "http://x/2", "body": "ب"}, False),
        ({"title": "مدرسة", "body": "ب"}, {"title": "مَدرسه", "body": "ب"}, True),
        ({"title": "مدرسة", "body": "ب"}, {"title": "مدرسة", "body": "ث"}, False),
        (
            {"title": "أ", "body": "ب", "source": "س"},
            {"title": "أ", "body": "ب", "source": "ش"},
            False,
        ),
        ({"body": "نص أول"}, {"body": "نص ثان"}, False),
        ({"title": "أ", "body": "ب"}, {"title": "أ"}, False),  # an article and a headline
    ],
)
def test_identity_is_the_id_else_the_url_else_source_date_title_and_text(first, second, same):
    one, other = read(line(**first), line(**second))
    assert (one.doc_id == other.doc_id) is same


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"title": "مقطوع', "not JSON (cut off or damaged)"),
        ("[1, 2]", "not a JSON object"),
        ("{}", "neither title nor body"),
        ('{"title": " ", "body": "\\n"}', "neither title nor body"),
        ('{"title": ["قائمة", "أطول"]}', "title is not a text"),
        ('{"title": true, "body": "أ"}', "title is not a text"),
        ('{"title": "أ", "body": {"words": 3}}', "body is not a text"),
        ('{"title": "أ", "kind": "video"}', "kind is not one of article, headline"),
        ('{"title": "أ", "kind": "article"}', "article without a body"),
        ('{"body": "أ", "kind": "headline"}', "headline without a title"),
        ("[" * 100_000, "not JSON (cut off or damaged)"),
        (b'{"title": "\xff\xfe"}', "text in no known encoding"),
    ],
)
def test_a_bad_line_is_rejected_by_its_reason_and_the_next_one_read(content, reason):
    rejected, good = read(content, line(title="سليم"))
    assert rejected == Reject(reason, "dump:1")
    assert isinstance(good, Document)


def test_an_endless_line_is_rejected_without_being_held():
    rejected, good = read(b'{"title": "' + b"a" * (2 * LONGEST_LINE) + b'"}', line(title="سليم"))
    assert rejected == Reject(f"line longer than {LONGEST_LINE:,} bytes", "dump:1")
    assert good.title == "سليم"


def test_an_unreadable_date_is_noted():
    note, document = read(line(title="أ", date="غدا"))
    assert note == Note("unreadable date")
    assert document.date is None


def test_controls_and_lone_surrogates_do_not_reach_the_archive():
    [document] = read('{"title": "a\\u0000b\\ud800c"}')
    assert document.title == "a bc"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("31/02/2020", "impossible date"),
        ("2999-01-01", "future date"),
        ("11/05/1442", "unreadable date"),
        ("1970-01-01T00:00:00Z", "date that a clock has at zero, as 1970-01-01"),
    ],
)
def test_a_date_that_cannot_be_is_left_out_and_noted(written, reason):
    note, document = read(line(title="أ", body="ب", date=written))
    assert note == Note(reason)
    assert document.date is None
    note, document = read(line(body="ب", date=written, published_at="2020-12-26 09:30"))
    assert (note, document.date) == (Note(reason), date(2020, 12, 26))


def test_a_day_before_the_capture_is_not_in_the_future_whatever_this_clock_says():
    [document] = read(line(title="أ", body="ب", date="2998-12-31"), captured_on=date(2999, 1, 1))
    assert document.date == date(2998, 12, 31)


def test_misread_fields_are_repaired_and_what_is_lost_is_noted():
    sound = {"title": "فتح المهندسون بوابات السد", "body": "امتلأت الخزانات.", "source": "السهل"}
    misread = {field: text.encode().decode("cp1252", "replace") for field, text in sound.items()}
    note, document = read(line(**misread))
    assert note == Note("text read in a wrong encoding: repaired")
    assert {field: getattr(document, field) for field in sound} == sound
    note, document = read(line(title="أ\ufffd", body="ب"))
    assert note == Note("characters that could not be decoded")
    assert document.title == "أ\ufffd"


ESCAPED = "escapes left in a text: decoded"
STILL_ESCAPED = "escapes left in a text: kept as they were"


@pytest.mark.parametrize(
    ("written", "title", "note"),
    [
        (r"\u0633\u062f \u062c\u062f\u064a\u062f", "سد جديد", ESCAPED),
        (r"\\u0633\\u062f", "سد", ESCAPED),  # escaped twice
        (r"خبر \u0633\u062f وحده", "خبر سد وحده", ESCAPED),
        (r"\u003cb\u003eسد\u003c\/b\u003e \"جديد\"", 'سد "جديد"', ESCAPED),
        (r"l\u2019\u00e9t\u00e9 \ud83d\ude00", "l’été 😀", ESCAPED),
        (r"قال \"نعم\".\r\nثم سافر\n\n.", 'قال "نعم". ثم سافر .', ESCAPED),
        ("u0633u062f u0648u0646u0647u0631", "سد ونهر", ESCAPED),  # its backslashes dropped
        (r"\xd8\xb3\xd8\xaf", "سد", ESCAPED),
        ("%D8%B3%D8%AF%20%D9%88%D9%86%D9%87%D8%B1", "سد ونهر", ESCAPED),
        ("%D8%B3%D8%AF+%D9%88%D9%86%D9%87%D8%B1", "سد ونهر", ESCAPED),
        ("%25D8%25B3%25D8%25AF", "سد", ESCAPED),
        ("%D8%B3%D8%AF%D8", "سد", ESCAPED),  # cut off within a letter
        ("%D3%CF %E6%E4%E5%D1", "سد ونهر", ESCAPED),  # of windows-1256
        ("%u0633%u062f", "سد", ESCAPED),
        ("=D8=B3=D8=AF=20=\n=D8=AC=D8=AF=D9=8A=D8=AF", "سد جديد", ESCAPED),
        ("<p>=D8=B3=D8=AF=\n=D8=A7=D9=86<br></p>", "سدان", ESCAPED),
        ("=?UTF-8?B?2LPYrw==?=", "سد", ESCAPED),
        (r"الحرف \u0633 وحده", r"الحرف \u0633 وحده", STILL_ESCAPED),
        ("الحرف %D8%B3 وحده", "الحرف %D8%B3 وحده", STILL_ESCAPED),
        (r"\ud83d سد", r"\ud83d سد", STILL_ESCAPED),  # half a pair
        ("=?UTF-8?B?2?=", "=?UTF-8?B?2?=", STILL_ESCAPED),
        ("https://e.example/%D8%B3%D8%AF", "https://e.example/%D8%B3%D8%AF", None),
        ('<a href="%D8%B3%D8%AF">سد</a>', "سد", None),
        ("زاد بـ%85 و%20 ثم 100%", "زاد بـ%85 و%20 ثم 100%", None),
        (r"C:\new\table عن E=20 وx=30", r"C:\new\table عن E=20 وx=30", None),
        (r'الشرطة "\" مائلة', r'الشرطة "\" مائلة', None),
        ("=D8=B3=D8=AF وa=12 وb=1F", "سد وa=12 وb=1F", ESCAPED),
    ],
)
def test_escapes_are_decoded_where_they_certainly_are_text(written, title, note):
    *notes, headline = read(line(title=written))
    assert (headline.title, [note.reason for note in notes]) == (title, [note] if note else [])


def test_hostile_escapes_take_time_that_grows_with_their_number():
    attacks = ("\\", "\\u0633 ", "u0633 ", "%", "%D8", "a%D8", "=D8", "=?", "=?a?b?", "=\n", "a")
    for attack in attacks:
        started = time.process_time()
        decode_escapes("\\u0633\\u062f %D8%B3%D8%AF =D8=B3=D8=AF " + attack * 50_000)
        assert time.process_time() - started < 3, attack


def test_a_text_without_letters_is_refused_and_a_title_without_them_noted():
    lost = {"title": "????? ?????", "body": "??? ?? ???? 1998 ?????? ??."}
    reason = "text lost: question marks stand in the place of its letters"
    assert read(line(**lost)) == [Reject(reason, "dump:1")]
    note, document = read(line(title="???? ?????", body="امتلأت خزانات السد بعد أسبوع من المطر."))
    assert note == Note("letters lost to question marks: kept as they were")
    assert document.title == "???? ?????"


def test_html_in_fields_becomes_text_and_paragraphs_stay():
    body = "<p>أولى &amp; بعدها</p><!-- x --><p>ثانية: س < ص</p><script>var a = 1;</script>"
    [document] = read(line(title="فتح <b>السد</b>", body=body))
    assert (document.title, document.body) == ("فتح السد", "أولى & بعدها\nثانية: س < ص")


def test_a_language_is_one_however_it_is_written():
    tags = [
        "fr",
        "FR",
        "fr-MA",
        "fr_FR",
        "fra",
        "fre",
        "French",
        "français",
        "الفرنسية",
        "nonsense",
    ]
    documents = read(*(line(title=f"عنوان {n}", language=tag) for n, tag in enumerate(tags)))
    assert [document.language for document in documents] == ["fr"] * 9 + ["ar"]


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("Moroccan Arabic", "ar"),
        ("الدارجة", "ar"),
        ("فرنسية", "fr"),
        ("Español", "es"),
        ("suédois", "sv"),
        ("iw", "he"),
        ("Kabyle", "ber"),
        ("und", None),
    ],
)
def test_a_language_has_codes_varieties_and_names(written, tag):
    assert language_tag(written) == tag


def test_a_newspaper_is_one_however_its_name_is_written():
    names = ["صدى السهل", "صدى السهل\u200f", "صـدى السهل", "صَدَى السهل", " «صدى  السهل» ", "sada"]
    origin = Origin("dump", newspapers={"sada": "صدى السهل"})
    lines = "".join(line(title=f"عنوان {n}", source=name) + "\n" for n, name in enumerate(names))
    documents = read_jsonl(io.BufferedReader(io.BytesIO(lines.encode())), origin)
    assert [document.source for document in documents] == ["صدى السهل"] * 6


def test_author_section_and_time_of_day_are_read():
    [document] = read(line(title="أ", author="سعيد", category="محليات", date="26/12/2020 18:30"))
    assert (document.author, document.section) == ("سعيد", "محليات")
    assert document.published_at == datetime(2020, 12, 26, 18, 30)
    [document] = read(line(title="أ", date="2020-12-26", published_at="2021-01-05T10:00:00Z"))
    assert (document.date, document.published_at) == (date(2020, 12, 26), None)


def test_a_url_keeps_its_parameters():
    [document] = read(line(title="أ", url=" https://x.example/?a=1&amp;b=2&lang=ar "))
    assert document.url == "https://x.example/?a=1&b=2&lang=ar"


def test_a_line_of_a_code_page_is_decoded_on_its_own():
    text = line(title="فتح المهندسون بوابات السد")
    found = read(text.encode("cp1256"), text.encode(), text.encode("iso8859-6"))
    assert {document.title for document in found} == {"فتح المهندسون بوابات السد"}


def test_a_misread_name_costs_no_article():
    body = "نظر علماء الرياضيات في توزيع الأعداد الأولية طويلا. " * 5 + "منهم كرامÃ©ر."
    [note, document] = read(line(title="الأعداد الأولية", body=body))
    assert note == Note("text read in a wrong encoding: repaired")
    assert document.body == body.replace("Ã©", "é")
