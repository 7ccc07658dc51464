import pytest

from search.language.analysis import STEM_MARK, query_terms, terms
from search.lexicon.entries import EntryKind, shipped_entries
from search.lexicon.gazetteer import WEIGHT_OF_NAME, Gazetteer


def find_names(text):
    return Gazetteer.shipped().find_names(text)


def called(text):
    """Give what the names in a text are called otherwise, each as terms with spaces between."""
    return {
        " ".join(other.terms).removesuffix(STEM_MARK)
        for found in find_names(text).others.values()
        for other in found
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("affiliation à la CNSS", "الصندوق الوطني للضمان الاجتماعي"),
        ("ONCF", "المكتب الوطني للسكك الحديدية"),
        ("tremblement de terre à Agadir", "زلزال"),
        ("world cup 2030", "كأس العالم"),
        ("discours de Mohammed VI", "محمد السادس"),
        ("مجلس النواب", "Chambre des représentants"),
        ("المونديال", "كأس العالم"),
    ],
)
def test_a_name_is_found_by_what_else_it_is_called(text, name):
    assert " ".join(terms(name)) in called(text)


@pytest.mark.parametrize(("text", "word"), [("Le Caire", "Caire"), ("à La Mecque", "Mecque")])
def test_a_name_stands_at_its_first_word_that_says_anything(text, word):
    [start] = find_names(text).others
    assert text[start:] == word


def test_the_longest_name_is_meant_and_its_words_mean_nothing_else():
    text = "Conseil national des droits de l'Homme"
    names = find_names(text)
    assert names.glosses == ("المجلس الوطني لحقوق الإنسان",)
    assert names.covered >= {text.index(word) for word in ("Conseil", "droits", "Homme")}
    assert all(one.weight == WEIGHT_OF_NAME for found in names.others.values() for one in found)


def test_glosses_are_for_names_in_latin_letters_that_an_encoder_may_not_know():
    assert find_names("grève à l'ONCF").glosses == ("المكتب الوطني للسكك الحديدية",)
    assert find_names("المكتب الوطني للسكك الحديدية").glosses == ()
    assert find_names("Marrakech").glosses == ()


def test_no_shipped_entry_names_one_thing_twice_or_by_stop_words_alone():
    for entry in shipped_entries():
        latin = [name for name in entry.latin_names if name.isascii()]
        assert len({tuple(terms(name)) for name in latin}) == len(latin), entry
        assert all(map(query_terms, entry.names)), entry


def test_a_name_is_not_called_what_it_is_a_part_of():
    assert called("البوليساريو") == {"polisario"}
    assert called("بوريطة") == {"bourita"}


def test_no_name_of_people_institutions_or_phrases_means_two_things():
    glossed = {EntryKind.PERSON, EntryKind.INSTITUTION, EntryKind.SET_PHRASE}
    names = [
        name
        for entry in shipped_entries()
        if entry.kind in glossed
        for name in {tuple(terms(name)) for name in entry.names}
    ]
    assert sorted(names) == sorted(set(names))
