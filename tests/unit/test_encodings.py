import pytest

from indexer.readers.encodings import declared_in, decode, is_mojibake, wide_encoding_of

ARABIC = "فتح المهندسون بوابات السد بعد أيام من المطر"
FRENCH = "L'été à Fès: la médina fête ses élèves"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ARABIC, "utf-8"),
        (ARABIC, "utf-8-sig"),
        (ARABIC, "utf-16"),
        (ARABIC, "utf-16-le"),
        (ARABIC, "utf-16-be"),
        (ARABIC, "cp1256"),
        (ARABIC, "iso8859-6"),
        ("خبر", "cp1256"),
        ("صلى", "iso8859-6"),
        (FRENCH, "cp1252"),
        ("École d'été", "cp1252"),  # of capitals with accents cp1256 has none
        ("La hausse des prix de l’essence", "cp1252"),  # no letter beyond ASCII
        ("300 M€ pour le Maroc", "cp1252"),
        ("plain", "ascii"),
    ],
)
def test_text_is_decoded_without_being_told_how(text, encoding):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["cp1256", "iso8859-6"])
@pytest.mark.parametrize("declared", ["utf-8", "cp1252", "iso8859-6", "cp1256"])
def test_what_is_declared_does_not_outweigh_what_is_there(encoding, declared):
    assert decode(ARABIC.encode(encoding), declared=declared) == ARABIC


@pytest.mark.parametrize("octets", [b"\xff", b"\xfe\xfe", b"\xd9", b"\xc1\xc2"])
@pytest.mark.parametrize("text", [ARABIC, FRENCH])
def test_utf8_with_a_few_bad_octets_is_utf8_with_replacements(text, octets):
    content = text.encode()
    for place in range(len(content) + 1):
        damaged = decode(content[:place] + octets + content[place:])
        assert "\ufffd" in damaged
        assert sum(letter in text for letter in damaged) >= len(text) - 1


def test_bytes_that_are_no_text_are_replaced():
    assert (
        decode(b"\xd8\xe9\xff\xc7 \xfe\xe4\xd9a\xe9\xd8")
        == "\ufffd" * 4 + " \ufffd\ufffd\ufffda\ufffd\ufffd"
    )


def test_a_letter_cut_in_two_is_left_out_where_the_end_is_not_the_end():
    assert decode("مطر".encode()[:-1], is_cut=True) == "مط"


@pytest.mark.parametrize("misread", ["latin-1", "cp1252", "cp1256"])
def test_utf8_read_as_another_encoding_is_told(misread):
    assert is_mojibake(ARABIC.encode().decode(misread, "replace"))


def test_french_read_as_latin1_is_told():
    assert is_mojibake(FRENCH.encode().decode("latin-1"))


def test_a_sound_text_that_quotes_a_misread_name_is_no_mojibake():
    assert not is_mojibake(f"{ARABIC} " * 5 + "تخمين كرامÃ©ر الأقوى")


@pytest.mark.parametrize("text", [ARABIC, FRENCH, "طقس ظريف، «ط»", "Øresund, Ùn", "São Paulo", ""])
def test_sound_text_is_no_mojibake(text):
    assert not is_mojibake(text)


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("text/html; charset=windows-1256", "cp1256"),
        ('<meta charset="UTF-8">', "utf-8"),
        ("<?xml version='1.0' encoding='ISO-8859-6'?>", "iso8859-6"),
        ("text/html; charset=iso-8859-1", "cp1252"),  # as browsers read it
        ("text/html; charset=klingon", None),
        ("text/html; charset=hex", None),  # codecs of Python that are no charsets
        ("text/html; charset=idna", None),
        ("text/html", None),
    ],
)
def test_a_declared_charset_is_one_python_knows(header, encoding):
    assert declared_in(header) == encoding


def test_only_utf16_is_taken_for_utf16():
    assert wide_encoding_of(ARABIC.encode()) is None
    assert wide_encoding_of(bytes(range(256)) * 2) is None
    assert wide_encoding_of(b"\x00" * 512) is None
