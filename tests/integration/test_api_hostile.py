"""Generated requests: from the description of the API, and from unusual characters."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import negative_data_rejection, positive_data_acceptance

from web import create_app

# Few examples, for every run of the suite; `schemathesis run` against a service makes thousands.
TIME_BOXED = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
# A schema of single parameters cannot express bounds between two of them: page times k, and from
# before to. In an address an empty value means no value, because forms send it so.
INEXPRESSIBLE = [positive_data_acceptance, negative_data_rejection]


@pytest.fixture(scope="module")
def described(engine):
    return schemathesis.openapi.from_wsgi("/openapi.json", create_app(engine=engine))


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_one_that_is_described(described, mode):
    for result in described.get_all_operations():
        operation = result.ok()
        try:
            call_with_generated(operation, mode)
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # any text is an id: nothing violates its schema


def call_with_generated(operation, mode):
    excluded = INEXPRESSIBLE[: 1 if operation.method == "post" else 2]

    @TIME_BOXED
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case):
        case.call_and_validate(
            headers={"Accept-Encoding": "identity"},  # a call of a WSGI app unpacks nothing
            excluded_checks=excluded,
        )

    call()


OPERATORS = r"""AND OR NOT NEAR/2 " ( ) * ^ : - + title: \ ؟""".split()
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
        page = answer.get_json()
        assert page["query"] == text
        for hit in page["hits"]:
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
