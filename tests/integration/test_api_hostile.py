"""Requests nobody thought of: made from the API's own description, and from odd characters."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import negative_data_rejection, positive_data_acceptance

from web import create_app

# Few, for every run of the suite; `schemathesis run` against a service makes thousands.
TIME_BOXED = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


# Page times k, and from before to, are bounds between parameters: a schema of single ones cannot
# say them. In an address an empty value is one not given, for that is what a form sends.
UNSAYABLE = [positive_data_acceptance, negative_data_rejection]


@pytest.fixture(scope="module")
def described(engine):
    return schemathesis.openapi.from_wsgi("/openapi.json", create_app(engine=engine))


@pytest.mark.parametrize("generated", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/api/search", "GET"),
        ("/api/search", "POST"),
        ("/api/documents/{doc_id}", "GET"),
        ("/api/documents/{doc_id}/similar", "GET"),
        ("/api/suggest", "GET"),
        ("/api/trends", "GET"),
        ("/readyz", "GET"),
    ],
)
def test_every_answer_is_one_that_is_described(described, path, method, generated):
    operation = described[path][method]

    @TIME_BOXED
    @given(case=operation.as_strategy(generation_mode=generated))
    def try_it(case):
        case.call_and_validate(
            headers={"Accept-Encoding": "identity"},  # nothing unpacks on the way to a WSGI app
            excluded_checks=UNSAYABLE
            if method == "POST"
            else [*UNSAYABLE, negative_data_rejection],
        )

    try:
        try_it()
    except Unsatisfiable:
        assert generated is GenerationMode.NEGATIVE  # any text is an id: nothing breaks its schema


OPERATORS = [
    "AND",
    "OR",
    "NOT",
    "NEAR/2",
    '"',
    "(",
    ")",
    "*",
    "^",
    ":",
    "-",
    "+",
    "title:",
    "\\",
    "؟",
]
PIECES = st.one_of(
    st.sampled_from(OPERATORS),
    st.text(max_size=8),
    st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهوي ًٌٍَُِّْ", max_size=8),
    st.sampled_from(["\u202e", "\u2066", "\x00", "\ufeff", "\u0640", "🙂", "٣", "<b>", "\r\n"]),
)


@settings(TIME_BOXED, max_examples=150)
@given(
    pieces=st.lists(PIECES, max_size=12), mode=st.sampled_from(["hybrid", "semantic", "lexical"])
)
def test_any_text_is_answered_or_refused(shared_client, pieces, mode):
    text = " ".join(pieces)
    answer = shared_client.get("/api/search", query_string={"q": text, "mode": mode})
    assert answer.status_code == (200 if text.strip() else 400)
    if answer.status_code == 200:
        found = answer.get_json()
        assert found["query"] == text
        for hit in found["hits"]:
            for start, end in (*hit["highlights"], *hit["related"]):
                assert 0 <= start < end <= len(hit["snippet"])


@settings(TIME_BOXED, max_examples=60)
@given(pieces=st.lists(PIECES, min_size=1, max_size=12))
def test_any_text_comes_back_escaped(shared_client, pieces):
    page = shared_client.get("/search", query_string={"q": " ".join(pieces)})
    assert page.status_code in (200, 400)
    assert "<b>" not in page.get_data(as_text=True)


@pytest.fixture(scope="module")
def shared_client(engine):
    return create_app(engine=engine).test_client()
