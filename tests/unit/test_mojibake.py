"""Text decoded in a wrong encoding is repaired where its letters can be recovered."""

from indexer.readers.mojibake import Damage, repair

ARABIC = "فتح المهندسون بوابات السد، وحذروا السكان على الضفتين من ارتفاع المياه في الوادي."
FRENCH = (
    "Les ingénieurs ont ouvert à l’aube les vannes du barrage, après une crue « exceptionnelle »."
)
CODE_PAGES = ("cp1252", "latin-1", "cp1256", "mac_roman", "cp437", "cp850", "cp1251", "cp1254")


def misread(text, written_in, read_as):
    """Decode as careless programs do: undefined bytes become control characters."""
    content = text.encode(written_in)
    return "".join(bytes([byte]).decode(read_as, "ignore") or chr(byte) for byte in content)


def not_repaired(cases):
    """Return the keys of the cases, key: (sound, damaged), that are not repaired."""
    return [
        key
        for key, (sound, damaged) in cases.items()
        if repair(damaged) != (sound, Damage.REPAIRED)
    ]


def test_utf_8_read_as_a_code_page_once_or_twice_is_repaired():
    once = {
        (text, page): (text, misread(text, "utf-8", page))
        for text in (ARABIC, FRENCH, "فيضان", "Été 2020")
        for page in CODE_PAGES
    }
    twice = {
        (text, page, "twice"): (text, misread(misread(text, "utf-8", page), "utf-8", page))
        for text in (ARABIC, FRENCH)
        for page in ("cp1252", "cp1256")
    }
    assert not_repaired(once | twice) == []


def test_an_arabic_code_page_read_as_another_code_page_is_repaired():
    western = {
        (written_in, page): (ARABIC, misread(ARABIC, written_in, page))
        for written_in in ("cp1256", "iso8859-6")
        for page in CODE_PAGES
        if page != "cp1256"
    }
    arabic = {
        (text, pages): (text, misread(text, *pages))
        for text in (ARABIC, "رئيس الوفد يلتقي نقيب المهندسين", f"{ARABIC}\nعن سد")
        for pages in (("iso8859-6", "cp1256"), ("cp1256", "iso8859-6"))
    }
    assert not_repaired(western | arabic) == []


def test_utf_16_read_byte_by_byte_is_repaired():
    cases = {
        (text, written_in, page): (text, misread(text, written_in, page))
        for text in (ARABIC, "فيضان", f"{FRENCH}\n{ARABIC}")
        for written_in in ("utf-16", "utf-16-le", "utf-16-be")
        for page in ("latin-1", "cp1252")
    }
    assert not_repaired(cases) == []


def test_a_damaged_paragraph_is_repaired_beside_a_sound_one():
    cases = {
        written_in: (f"{ARABIC}\n{ARABIC}", f"{ARABIC}\n{misread(ARABIC, written_in, 'cp1252')}")
        for written_in in ("cp1256", "utf-8")
    }
    assert not_repaired(cases) == []


def test_bytes_that_cp1252_does_not_define_are_restored():
    text = "افتتح في الصباح معرض الفلاحة"  # the second bytes of «ف» and «ح» are 81 and AD
    cases = {
        errors: (text, text.encode().decode("cp1252", errors).replace("\xad", ""))
        for errors in ("replace", "ignore")
    }
    assert not_repaired(cases) == []


def test_sound_text_is_not_changed():
    sound = [
        ARABIC,
        FRENCH,
        "",
        "ÉCOLE À ÇA: Ångström, São Tomé, El Niño, Łódź, «BLÅ» für Ø",
        "España, año, está, mañana y más allá: ¿qué?",
        "Москва: Щука и борщ",
        "ل«المغرب» حظ، ونفط» ووسط… §5 ±3 · نقطة",
        "╔════════╗ ║ نص ║ ╚════════╝",
        "هل هذا ممكن ؟؟ نعم!! why?? how???",
        "20 % – 30 €, 5° ½ ™ ©",
        "كتاب «Été» وشركةéco الجديدة، وقال إن الموعد قريب جدا",  # an accent beside Arabic letters
        "'DE GAULLE' est à la une",
    ]
    assert [repair(text) for text in sound] == [(text, None) for text in sound]


def test_damage_that_cannot_be_repaired_is_reported():
    expected = {
        "ØÔÕÞ ÝÐßÛ ËÎÖ": Damage.SUSPECT,
        "/BE 'DE7F / JHE 'D, 1": Damage.SUSPECT,  # UTF-16 without its bytes 00 and 06
        "E F ' D E F": Damage.SUSPECT,
        "عèتçبنêة مéاقç": Damage.SUSPECT,  # in no Arabic code page
        "خبر ???? ????? عن ????": Damage.LOST,
    }
    assert {text: repair(text) for text in expected} == {
        text: (text, damage) for text, damage in expected.items()
    }
