from indexer.readers.encodings import declared_in, decode, is_mojibake, wide_encoding_of

ARABIC = "فتح المهندسون بوابات السد بعد أيام من المطر"
FRENCH = "L'été à Fès: la médina fête ses élèves"


def test_the_encoding_of_a_text_is_detected():
    cases = [
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
        ("École d'été", "cp1252"),  # cp1256 has no capitals with accents
        ("La hausse des prix de l’essence", "cp1252"),  # no letter beyond ASCII
        ("300 M€ pour le Maroc", "cp1252"),
        ("plain", "ascii"),
    ]
    decoded = [(decode(text.encode(encoding)), encoding) for text, encoding in cases]
    assert decoded == cases


def test_a_declared_encoding_does_not_outweigh_the_bytes():
    for encoding in ("cp1256", "iso8859-6"):
        for declared in ("utf-8", "cp1252", "iso8859-6", "cp1256"):
            content = ARABIC.encode(encoding)
            assert decode(content, declared=declared) == ARABIC, (encoding, declared)


def test_utf8_with_a_few_bad_bytes_stays_utf8_and_loses_one_letter_at_most():
    for octets in (b"\xff", b"\xfe\xfe", b"\xd9", b"\xc1\xc2"):
        for text in (ARABIC, FRENCH):
            content = text.encode()
            for place in range(len(content) + 1):
                damaged = decode(content[:place] + octets + content[place:])
                assert "\ufffd" in damaged, (octets, place)
                assert sum(letter in text for letter in damaged) >= len(text) - 1, (octets, place)


def test_bytes_in_no_encoding_become_replacement_characters():
    decoded = decode(b"\xd8\xe9\xff\xc7 \xfe\xe4\xd9a\xe9\xd8")
    assert decoded == "\ufffd" * 4 + " \ufffd\ufffd\ufffda\ufffd\ufffd"


def test_a_letter_cut_in_two_is_left_out_where_more_bytes_follow():
    assert decode("مطر".encode()[:-1], is_cut=True) == "مط"


def test_text_decoded_in_a_wrong_encoding_is_recognised():
    for encoding in ("latin-1", "cp1252", "cp1256"):
        assert is_mojibake(ARABIC.encode().decode(encoding, "replace")), encoding
    assert is_mojibake(FRENCH.encode().decode("latin-1"))


def test_sound_text_is_not_taken_for_wrongly_decoded_text():
    with_a_misread_name = f"{ARABIC} " * 5 + "تخمين كرامÃ©ر الأقوى"
    sound = [ARABIC, FRENCH, "طقس ظريف، «ط»", "Øresund, Ùn", "São Paulo", "", with_a_misread_name]
    assert [text for text in sound if is_mojibake(text)] == []


def test_a_declared_charset_counts_only_if_it_is_an_encoding_of_text():
    expected = {
        "text/html; charset=windows-1256": "cp1256",
        '<meta charset="UTF-8">': "utf-8",
        "<?xml version='1.0' encoding='ISO-8859-6'?>": "iso8859-6",
        "text/html; charset=iso-8859-1": "cp1252",  # as browsers read it
        "text/html; charset=klingon": None,
        "text/html; charset=hex": None,  # a codec of Python that is no charset
        "text/html; charset=idna": None,  # another one
        "text/html": None,
    }
    assert {header: declared_in(header) for header in expected} == expected


def test_other_bytes_are_not_taken_for_utf_16():
    for content in (ARABIC.encode(), bytes(range(256)) * 2, b"\x00" * 512):
        assert wide_encoding_of(content) is None, content[:4]
