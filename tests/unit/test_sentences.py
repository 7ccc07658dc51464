from search.language.sentences import sentence_starts


def divided(text):
    starts = sentence_starts(text)
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def test_a_text_is_divided_after_marks_and_lines_but_not_after_initials():
    for sentences in (
        ["سقط المطر. ", "ثم توقف؟! ", "«نعم.» ", "وبلغ 1.5 مليون… ", "انتهى"],
        ["سطر أول\n\n", "سطر ثان"],
        ["قال د. أحمد ومعه م. سالم. ", "وانصرفا."],
        ["M. Proust et J. D. Salinger. ", "Fin"],
        ["المادة ب.\n", "المادة ج"],
        [".. ", "أ. ب"],
        [""],
    ):
        assert divided("".join(sentences)) == sentences
