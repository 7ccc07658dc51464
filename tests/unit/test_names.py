"""The shipped names of places, people and institutions, found in a text."""

from search.language.analysis import STEM_MARK, query_terms, terms
from search.lexicon.entries import EntryKind, shipped_entries
from search.lexicon.gazetteer import WEIGHT_OF_NAME, Gazetteer


def find_names(text):
    return Gazetteer.shipped().find_names(text)


def other_names(text):
    """Return the other names of the names in a text, each as terms with spaces between."""
    return {
        " ".join(name.terms).removesuffix(STEM_MARK)
        for names in find_names(text).others.values()
        for name in names
    }


def test_a_name_is_found_by_its_other_names():
    expected = {
        "affiliation à la CNSS": "الصندوق الوطني للضمان الاجتماعي",
        "ONCF": "المكتب الوطني للسكك الحديدية",
        "tremblement de terre à Agadir": "زلزال",
        "world cup 2030": "كأس العالم",
        "discours de Mohammed VI": "محمد السادس",
        "مجلس النواب": "Chambre des représentants",
        "المونديال": "كأس العالم",
    }
    missing = {
        text: name
        for text, name in expected.items()
        if " ".join(terms(name)) not in other_names(text)
    }
    assert missing == {}


def test_a_name_begins_at_its_first_content_word():
    for text, word in (("Le Caire", "Caire"), ("à La Mecque", "Mecque")):
        [start] = find_names(text).others
        assert text[start:] == word


def test_the_longest_name_covers_the_names_within_it():
    text = "Conseil national des droits de l'Homme"
    names = find_names(text)
    assert names.glosses == ("المجلس الوطني لحقوق الإنسان",)
    assert names.covered >= {text.index(word) for word in ("Conseil", "droits", "Homme")}
    weights = {other.weight for others in names.others.values() for other in others}
    assert weights == {WEIGHT_OF_NAME}


def test_only_names_in_latin_letters_other_than_places_have_glosses():
    expected = {
        "grève à l'ONCF": ("المكتب الوطني للسكك الحديدية",),
        "المكتب الوطني للسكك الحديدية": (),
        "Marrakech": (),
    }
    assert {text: find_names(text).glosses for text in expected} == expected


def test_another_name_that_contains_the_name_is_left_out():
    assert other_names("البوليساريو") == {"polisario"}
    assert other_names("بوريطة") == {"bourita"}


def test_no_shipped_entry_has_a_name_twice_or_a_name_of_stop_words_alone():
    for entry in shipped_entries():
        latin = [name for name in entry.latin_names if name.isascii()]
        assert len({tuple(terms(name)) for name in latin}) == len(latin), entry
        assert all(map(query_terms, entry.names)), entry


def test_no_name_of_people_institutions_or_set_phrases_has_two_meanings():
    glossed = {EntryKind.PERSON, EntryKind.INSTITUTION, EntryKind.SET_PHRASE}
    names = [
        name
        for entry in shipped_entries()
        if entry.kind in glossed
        for name in {tuple(terms(name)) for name in entry.names}
    ]
    assert sorted(names) == sorted(set(names))
