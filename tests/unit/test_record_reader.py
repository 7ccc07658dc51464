"""The fields of a record, read from lines of JSON."""

import io
import json
import time
from datetime import date, datetime

from indexer.readers.escapes import decode_escapes
from indexer.readers.jsonl import LONGEST_LINE, read_jsonl
from indexer.readers.languages import language_tag
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Reject
from search.records import Kind


def read(*lines, **origin):
    content = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    stream = io.BufferedReader(io.BytesIO(content))
    return list(read_jsonl(stream, Origin("dump", **origin)))


def line(**fields):
    return json.dumps(fields, ensure_ascii=False)


def test_a_record_with_a_body_is_an_article():
    body = "فقرة.\r\n\r\n فقرة."
    [article] = read(
        line(title=" أمطار  غزيرة ", body=body, source="السهل", date="2020-12-26", x=1)
    )
    assert (article.kind, article.title) == (Kind.ARTICLE, "أمطار غزيرة")
    assert article.body == "فقرة.\nفقرة."
    assert (article.source, article.date, article.language) == ("السهل", date(2020, 12, 26), "ar")


def test_a_record_with_only_a_title_is_a_headline_of_its_day_or_of_the_day_of_capture():
    captured_on = date(2026, 3, 20)
    [headline] = read(line(title="أمطار"), captured_on=captured_on)
    assert (headline.kind, headline.date) == (Kind.HEADLINE, captured_on)
    [headline] = read(line(title="أمطار", date="1/2/2019"), captured_on=captured_on)
    assert headline.date == date(2019, 2, 1)


def test_a_bad_line_is_rejected_with_a_reason_and_the_next_line_is_read():
    cases = [
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
        ('{"title": "' + "a" * LONGEST_LINE, f"line longer than {LONGEST_LINE:,} bytes"),
    ]
    for content, reason in cases:
        rejected, headline = read(content, line(title="سليم"))
        assert rejected == Reject(reason, "dump:1"), content[:40]
        assert headline.title == "سليم", content[:40]


def test_control_characters_and_lone_surrogates_are_removed():
    [document] = read('{"title": "a\\u0000b\\ud800c"}')
    assert document.title == "a bc"


def test_a_date_that_cannot_be_read_or_cannot_be_is_left_out_with_a_note():
    expected = {
        "غدا": "unreadable date",
        "31/02/2020": "impossible date",
        "2999-01-01": "future date",
        "11/05/1442": "unreadable date",
        "1970-01-01T00:00:00Z": "placeholder for a date, such as 1970-01-01",
    }
    for written, reason in expected.items():
        note, document = read(line(title="أ", body="ب", date=written))
        assert (note, document.date) == (Note(reason), None), written
        note, document = read(line(body="ب", date=written, published_at="2020-12-26 09:30"))
        assert (note, document.date) == (Note(reason), date(2020, 12, 26)), written


def test_a_day_before_the_capture_is_not_in_the_future():
    [document] = read(line(title="أ", body="ب", date="2998-12-31"), captured_on=date(2999, 1, 1))
    assert document.date == date(2998, 12, 31)


def test_fields_in_a_wrong_encoding_are_repaired_and_lost_characters_are_noted():
    sound = {"title": "فتح المهندسون بوابات السد", "body": "امتلأت الخزانات.", "source": "السهل"}
    misread = {field: text.encode().decode("cp1252", "replace") for field, text in sound.items()}
    note, document = read(line(**misread))
    assert note == Note("text read in a wrong encoding: repaired")
    assert {field: getattr(document, field) for field in sound} == sound
    note, document = read(line(title="أ\ufffd", body="ب"))
    assert note == Note("characters that could not be decoded")
    assert document.title == "أ\ufffd"


def test_escapes_are_decoded_where_they_can_only_be_text():
    decoded = {
        r"\u0633\u062f \u062c\u062f\u064a\u062f": "سد جديد",
        r"\\u0633\\u062f": "سد",  # escaped twice
        r"خبر \u0633\u062f وحده": "خبر سد وحده",
        r"\u003cb\u003eسد\u003c\/b\u003e \"جديد\"": 'سد "جديد"',
        r"l\u2019\u00e9t\u00e9 \ud83d\ude00": "l’été 😀",
        r"قال \"نعم\".\r\nثم سافر\n\n.": 'قال "نعم". ثم سافر .',
        "u0633u062f u0648u0646u0647u0631": "سد ونهر",  # without its backslashes
        r"\xd8\xb3\xd8\xaf": "سد",
        "%D8%B3%D8%AF%20%D9%88%D9%86%D9%87%D8%B1": "سد ونهر",
        "%D8%B3%D8%AF+%D9%88%D9%86%D9%87%D8%B1": "سد ونهر",
        "%25D8%25B3%25D8%25AF": "سد",
        "%D8%B3%D8%AF%D8": "سد",  # cut off within a letter
        "%D3%CF %E6%E4%E5%D1": "سد ونهر",  # windows-1256
        "%u0633%u062f": "سد",
        "=D8=B3=D8=AF=20=\n=D8=AC=D8=AF=D9=8A=D8=AF": "سد جديد",
        "<p>=D8=B3=D8=AF=\n=D8=A7=D9=86<br></p>": "سدان",
        "=?UTF-8?B?2LPYrw==?=": "سد",
        "=D8=B3=D8=AF وa=12 وb=1F": "سد وa=12 وb=1F",
    }
    kept_with_a_note = [
        r"الحرف \u0633 وحده",
        "الحرف %D8%B3 وحده",
        r"\ud83d سد",  # half a pair
        "=?UTF-8?B?2?=",
    ]
    no_escapes = {
        "https://e.example/%D8%B3%D8%AF": "https://e.example/%D8%B3%D8%AF",
        '<a href="%D8%B3%D8%AF">سد</a>': "سد",
        "زاد بـ%85 و%20 ثم 100%": "زاد بـ%85 و%20 ثم 100%",
        r"C:\new\table عن E=20 وx=30": r"C:\new\table عن E=20 وx=30",
        r'الشرطة "\" مائلة': r'الشرطة "\" مائلة',
    }
    decoded_note = [Note("escapes left in a text: decoded")]
    kept_note = [Note("escapes left in a text: kept as they were")]
    expected = {
        **{written: (title, decoded_note) for written, title in decoded.items()},
        **{written: (written, kept_note) for written in kept_with_a_note},
        **{written: (title, []) for written, title in no_escapes.items()},
    }
    found = {}
    for written in expected:
        *notes, headline = read(line(title=written))
        found[written] = (headline.title, notes)
    assert found == expected


def test_hostile_escapes_take_time_that_grows_with_their_number():
    units = ("\\", "\\u0633 ", "u0633 ", "%", "%D8", "a%D8", "=D8", "=?", "=?a?b?", "=\n", "a")
    for unit in units:
        started = time.process_time()
        decode_escapes("\\u0633\\u062f %D8%B3%D8%AF =D8=B3=D8=AF " + unit * 50_000)
        assert time.process_time() - started < 3, unit


def test_a_text_without_letters_is_rejected_and_a_title_without_letters_is_noted():
    lost = {"title": "????? ?????", "body": "??? ?? ???? 1998 ?????? ??."}
    reason = "text lost: question marks stand in the place of its letters"
    assert read(line(**lost)) == [Reject(reason, "dump:1")]
    note, document = read(line(title="???? ?????", body="امتلأت خزانات السد بعد أسبوع من المطر."))
    assert note == Note("letters lost to question marks: kept as they were")
    assert document.title == "???? ?????"


def test_html_in_fields_becomes_text_with_its_paragraphs():
    body = "<p>أولى &amp; بعدها</p><!-- x --><p>ثانية: س < ص</p><script>var a = 1;</script>"
    [document] = read(line(title="فتح <b>السد</b>", body=body))
    assert (document.title, document.body) == ("فتح السد", "أولى & بعدها\nثانية: س < ص")


def test_names_and_tags_of_a_language_mean_the_same():
    tags = ["fr", "FR", "fr-MA", "fr_FR", "fra", "fre", "French", "français", "الفرنسية"]
    expected = dict.fromkeys(tags, "fr") | {"nonsense": "ar"}  # the language of the text
    documents = read(*(line(title=f"عنوان {n}", language=tag) for n, tag in enumerate(expected)))
    languages = [document.language for document in documents]
    assert dict(zip(expected, languages, strict=True)) == expected


def test_a_language_has_codes_varieties_and_names():
    expected = {
        "Moroccan Arabic": "ar",
        "الدارجة": "ar",
        "فرنسية": "fr",
        "Español": "es",
        "suédois": "sv",
        "iw": "he",
        "Kabyle": "ber",
        "und": None,
    }
    assert {written: language_tag(written) for written in expected} == expected


def test_spellings_and_aliases_of_a_newspaper_are_one_newspaper():
    names = ["صدى السهل", "صدى السهل\u200f", "صـدى السهل", "صَدَى السهل", " «صدى  السهل» ", "sada"]
    lines = [line(title=f"عنوان {number}", source=name) for number, name in enumerate(names)]
    documents = read(*lines, newspapers={"sada": "صدى السهل"})
    assert [document.source for document in documents] == ["صدى السهل"] * 6


def test_author_section_and_time_of_day_are_read():
    [document] = read(line(title="أ", author="سعيد", category="محليات", date="26/12/2020 18:30"))
    assert (document.author, document.section) == ("سعيد", "محليات")
    assert document.published_at == datetime(2020, 12, 26, 18, 30)
    # The time of another day is not the time of publication.
    [document] = read(line(title="أ", date="2020-12-26", published_at="2021-01-05T10:00:00Z"))
    assert (document.date, document.published_at) == (date(2020, 12, 26), None)


def test_an_address_keeps_its_parameters():
    [document] = read(line(title="أ", url=" https://x.example/?a=1&amp;b=2&lang=ar "))
    assert document.url == "https://x.example/?a=1&b=2&lang=ar"


def test_each_line_is_decoded_by_its_own_bytes():
    text = line(title="فتح المهندسون بوابات السد")
    documents = read(text.encode("cp1256"), text.encode(), text.encode("iso8859-6"))
    assert {document.title for document in documents} == {"فتح المهندسون بوابات السد"}


def test_an_article_with_one_name_in_a_wrong_encoding_is_kept_and_repaired():
    body = "نظر علماء الرياضيات في توزيع الأعداد الأولية طويلا. " * 5 + "منهم كرامÃ©ر."
    [note, document] = read(line(title="الأعداد الأولية", body=body))
    assert note == Note("text read in a wrong encoding: repaired")
    assert document.body == body.replace("Ã©", "é")
