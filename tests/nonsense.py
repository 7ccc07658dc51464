"""Generate queries without sense: `python -m tests.nonsense` prints them.

They are the first 110 lines of data/eval/nonsense.jsonl; the other 90 were written by hand.
"""

import json
import random
from collections.abc import Callable, Iterator

SEED = 20261124
RARE = "ظضثذغخطصزشؤئ"
ROWS_ARABIC = ["ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرلاىةوزظ"]
ROWS_LATIN = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]
EMOJI = "😀😂🥳🚀🌈🍕🐙🎲🧦🪁🦄🥑🎈🧩🪐🐌"
SIGNS = "!؟?؛،.…-_=+*/\\|~^#@&%$<>[]{}()«»\"'`:;"
SALAD_ARABIC = """
ملعقة زرافة أزرق يهمس نافذة مثلث يضحك قنفذ سلم وسادة بطيء يطفو جورب فراشة رخام يتثاءب مظلة حلزون
بنفسجي ستارة يقفز مسمار ندى إبريق يعطس فستق ظل مكنسة يذوب طبشور خيط مستدير
""".split()
SALAD_ENGLISH = """
spoon giraffe purple whispers window triangle giggles hedgehog pillow slowly floats sock
butterfly marble yawns umbrella snail curtain hops nail teapot sneezes pistachio broom melts
chalk thread round lantern wobbly
""".split()
SALAD_FRENCH = """
cuillère girafe violet chuchote fenêtre triangle ricane hérisson oreiller lentement flotte
chaussette papillon marbre bâille parapluie escargot rideau sautille clou théière éternue
pistache balai fond craie ficelle rond
""".split()


def generate() -> Iterator[tuple[str, str]]:
    """Yield the type and the text of each query."""
    rng = random.Random(SEED)
    kinds: list[tuple[str, int, Callable[[], str]]] = [
        ("mash-ar", 24, lambda: _mash(rng, ROWS_ARABIC)),
        ("mash-latin", 24, lambda: _mash(rng, ROWS_LATIN)),
        ("rare", 18, lambda: _rare(rng)),
        ("signs", 16, lambda: _signs(rng)),
    ]
    for kind, count, make in kinds:
        texts: set[str] = set()
        while len(texts) < count:
            text = make().strip()
            if text and text not in texts:
                texts.add(text)
                yield kind, text
    for words, count in ((SALAD_ARABIC, 14), (SALAD_ENGLISH, 7), (SALAD_FRENCH, 7)):
        for _ in range(count):
            yield "salad", " ".join(rng.sample(words, rng.randint(3, 6)))


def _word(rng: random.Random, letters: str, shortest: int, longest: int) -> str:
    return "".join(rng.choice(letters) for _ in range(rng.randint(shortest, longest)))


def _mash(rng: random.Random, rows: list[str]) -> str:
    out = []
    for _ in range(rng.randint(1, 4)):
        if rng.random() < 0.5:
            out.append(_word(rng, rng.choice(rows), 3, 9))
        else:
            out.append(_word(rng, "".join(rows), 4, 10))
    return " ".join(out)


def _rare(rng: random.Random) -> str:
    return " ".join(
        _word(rng, RARE if rng.random() < 0.7 else RARE + "اوي", 4, 7)
        for _ in range(rng.randint(1, 4))
    )


def _signs(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.35:
        return "".join(rng.choice(EMOJI) for _ in range(rng.randint(1, 6)))
    if kind < 0.8:
        return "".join(rng.choice(SIGNS) for _ in range(rng.randint(2, 12)))
    return " ".join(
        rng.choice([rng.choice(EMOJI), _word(rng, SIGNS, 1, 4)]) for _ in range(rng.randint(2, 6))
    )


if __name__ == "__main__":
    for number, (kind, text) in enumerate(generate(), start=1):
        record = {"query_id": f"n{number:03d}", "text": text, "type": kind}
        print(json.dumps(record, ensure_ascii=False))
