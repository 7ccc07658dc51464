import pytest

from indexer.readers.mojibake import Damage, repair

ARABIC = "فتح المهندسون بوابات السد، وحذروا السكان على الضفتين من ارتفاع المياه في الوادي."
FRENCH = (
    "Les ingénieurs ont ouvert à l’aube les vannes du barrage, après une crue « exceptionnelle »."
)
PAGES = ("cp1252", "latin-1", "cp1256", "mac_roman", "cp437", "cp850", "cp1251", "cp1254")


def misread(text, written_in, read_as):
    """Decode as sloppy programs do: undefined bytes become control characters."""
    content = text.encode(written_in)
    return "".join(bytes([byte]).decode(read_as, "ignore") or chr(byte) for byte in content)


@pytest.mark.parametrize("text", [ARABIC, FRENCH, "فيضان", "Été 2020"])
def test_utf8_read_as_a_code_page_is_repaired_however_often(text):
    for page in PAGES:
        once = misread(text, "utf-8", page)
        assert repair(once) == (text, Damage.REPAIRED), page
        if text in (ARABIC, FRENCH) and page in ("cp1252", "cp1256"):
            assert repair(misread(once, "utf-8", page)) == (text, Damage.REPAIRED), page


@pytest.mark.parametrize("written_in", ["cp1256", "iso8859-6"])
def test_an_arabic_code_page_read_as_a_western_one_is_repaired(written_in):
    for page in PAGES:
        if page != "cp1256":
            repaired = repair(misread(ARABIC, written_in, page))
            assert repaired == (ARABIC, Damage.REPAIRED), page


ARABIC_PAGES = [("iso8859-6", "cp1256"), ("cp1256", "iso8859-6")]


@pytest.mark.parametrize(("written_in", "read_as"), ARABIC_PAGES)
@pytest.mark.parametrize("text", [ARABIC, "رئيس الوفد يلتقي نقيب المهندسين", f"{ARABIC}\nعن سد"])
def test_an_arabic_code_page_read_as_another_is_repaired(written_in, read_as, text):
    assert repair(misread(text, written_in, read_as)) == (text, Damage.REPAIRED)


@pytest.mark.parametrize("written_in", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("read_as", ["latin-1", "cp1252"])
@pytest.mark.parametrize("text", [ARABIC, "فيضان", f"{FRENCH}\n{ARABIC}"])
def test_utf16_read_byte_by_byte_is_repaired(written_in, read_as, text):
    once = "".join(
        bytes([byte]).decode(read_as, "ignore") or chr(byte) for byte in text.encode(written_in)
    )
    assert repair(once) == (text, Damage.REPAIRED)


def test_a_misread_paragraph_is_repaired_beside_a_sound_one():
    for misread_part in (misread(ARABIC, "cp1256", "cp1252"), misread(ARABIC, "utf-8", "cp1252")):
        assert repair(f"{ARABIC}\n{misread_part}") == (f"{ARABIC}\n{ARABIC}", Damage.REPAIRED)


@pytest.mark.parametrize("dropped", ["\ufffd", ""])
def test_the_bytes_that_cp1252_leaves_undefined_are_put_back(dropped):
    text = "افتتح في الصباح معرض الفلاحة"  # the second bytes of «ف» and «ح» are 81 and AD
    content = text.encode().decode("cp1252", "replace" if dropped else "ignore")
    assert repair(content.replace("\xad", "")) == (text, Damage.REPAIRED)


@pytest.mark.parametrize(
    "sound",
    [
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
        "كتاب «Été» وشركةéco الجديدة، وقال إن الموعد قريب جدا",  # an accent glued to Arabic
        "'DE GAULLE' est à la une",
    ],
)
def test_sound_text_stays_as_it_is(sound):
    assert repair(sound) == (sound, None)


def test_what_cannot_be_repaired_is_told():
    scrambled = "ØÔÕÞ ÝÐßÛ ËÎÖ"
    assert repair(scrambled) == (scrambled, Damage.SUSPECT)
    for lacking in ("/BE 'DE7F / JHE 'D, 1", "E F ' D E F"):  # UTF-16 without its zeros and sixes
        assert repair(lacking) == (lacking, Damage.SUSPECT)
    mixed = "عèتçبنêة مéاقç"  # of no Arabic page
    assert repair(mixed) == (mixed, Damage.SUSPECT)
    lost = "خبر ???? ????? عن ????"
    assert repair(lost) == (lost, Damage.LOST)
