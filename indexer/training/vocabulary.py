"""Train the encoder's tokenizer: a WordPiece vocabulary over folded text.

The folding of search.language.analysis.fold is rebuilt here from the tokenizers library's own
normalisers, so that whoever loads the model gets the right tokens from `tokenizer.json` alone,
without this project's code.
"""

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

UNKNOWN = "[UNK]"
LONGEST_WORD = 40  # characters; a longer string is not a word, and becomes unknown

_REPLACED = (("ة", "ه"), ("ى", "ي"), ("ی", "ي"), ("ک", "ك"), ("ٱ", "ا"))
_EASTERN_DIGITS = tuple((chr(0x660 + digit), str(digit)) for digit in range(10))

# A clitic before a word of three letters or more becomes a token of its own, «وبالمدارس» -> «و»
# «بال» «مدارس», so that every form of a word shares its row. «ب ل ك ف» alone are not split off,
# because they are too often the word's own letter.
_CLITICS = (r"^و(?=ال|لل|بال)", r"^(?:ال|بال|كال|فال|لل)(?=\p{L}{3})")


def train_tokenizer(
    texts: Iterable[str], *, size: int, splits_clitics: bool, show_progress: bool
) -> Tokenizer:
    """Train a tokenizer of at most `size` tokens; `texts` is iterated once."""
    tokenizer = Tokenizer(
        models.WordPiece(unk_token=UNKNOWN, max_input_chars_per_word=LONGEST_WORD)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            # This drops every combining mark: vowel signs, hamza seats, accents.
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex("[\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"), ""),
            *(normalizers.Replace(old, new) for old, new in (*_REPLACED, *_EASTERN_DIGITS)),
        ]
    )
    splitters: list[pre_tokenizers.PreTokenizer] = [pre_tokenizers.BertPreTokenizer()]
    if splits_clitics:
        # Each splitter gets the pieces of the splitter before it, so «^» is the start of a word.
        splitters += [
            pre_tokenizers.Split(Regex(clitic), behavior="isolated") for clitic in _CLITICS
        ]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(splitters)
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        special_tokens=[UNKNOWN],
        min_frequency=3,
        limit_alphabet=400,
        show_progress=show_progress,
    )
    tokenizer.train_from_iterator(texts, trainer)
    # The trainer numbers equally frequent tokens in another order at every run, so they are sorted;
    # tokenising needs no order.
    ordered = [UNKNOWN, *sorted(tokenizer.get_vocab().keys() - {UNKNOWN})]
    vocabulary = {token: number for number, token in enumerate(ordered)}
    tokenizer.model = models.WordPiece(
        vocab=vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=LONGEST_WORD
    )
    return tokenizer
