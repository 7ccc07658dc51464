from search.language.darija import looks_like_arabic_darija, looks_like_latin_darija


def test_moroccan_arabic_in_latin_letters_is_recognised_by_digits_and_small_words():
    darija = [
        "7akimi",
        "taman dyal lktab",
        *("ghadyin, gallina", "kaykoun lberd", "khassna nmchiw", "achkoun jab lflous"),
        *("fo9", "r7ma", "m3a", "9lb", "3id", "rez9", "sba7", "b7al"),
    ]
    other = [
        "inondations dans le Gharb",
        "wash your hands",
        *("la 3ème dose", "la 3ème COP27", "la 3ème à 9h30"),
        *("la 3ème MP3", "la 3ème B2B", "la 3ème D3"),
        *("Kant et Hegel", "Safi port", "Kamel Daoud", "President Hadi of Yemen", "Rani"),
        *("2nd half", "7th day", "film 3D", "sommet du G7", "2M", "CO2"),
        "2020",
        "ثمن الكتاب",
    ]
    expected = dict.fromkeys(darija, True) | dict.fromkeys(other, False)
    assert {text: looks_like_latin_darija(text) for text in expected} == expected


def test_moroccan_arabic_in_arabic_letters_is_recognised_by_its_small_words():
    darija = ["علاش غلات الخضرة", "فين وصلات؟", "الثمن ديالو"]
    other = ["غلاء الخضر", "عاد الفريق إلى أرضه", "prix des légumes", ""]
    expected = dict.fromkeys(darija, True) | dict.fromkeys(other, False)
    assert {text: looks_like_arabic_darija(text) for text in expected} == expected
