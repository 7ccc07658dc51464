"""The page of the API: each of its examples, run as it stands, has the answer of the others."""

import json
import shutil
import subprocess
from collections import defaultdict

import pytest
import requests
from playwright.sync_api import expect

from search.results.answer import ID_EXAMPLE

pytestmark = pytest.mark.browser


def run_curl(code, page):
    return json.loads(subprocess.run(["bash", "-c", code], capture_output=True, check=True).stdout)


def run_python(code, page):
    printed = []
    exec(code, {"requests": requests, "print": printed.append})
    return printed[0]


def run_javascript(code, page):
    return page.evaluate(f"async () => {{ {code.replace('console.log(', 'return (')} }}")


RUN = {"curl": run_curl, "python": run_python, "javascript": run_javascript}


def without_time(answer):
    """Return an answer without what differs each time that it is computed."""
    if isinstance(answer, list):
        return [without_time(entry) for entry in answer]
    return {name: value for name, value in answer.items() if name != "took_ms"}


@pytest.mark.skipif(shutil.which("curl") is None, reason="not installed: curl")
def test_every_example_of_the_api_runs_as_it_stands(page, engine):
    [document] = engine.index.newest(1)
    page.goto("/docs")
    answers = defaultdict(list)
    for example in page.locator("pre").all():
        operation, _, language = example.get_attribute("id").partition("-")
        code = example.text_content().replace(ID_EXAMPLE, document.doc_id)
        answers[operation].append(without_time(RUN[language](code, page)))
    operations = requests.get(page.url.replace("/docs", "/openapi.json"), timeout=10).json()
    assert len(answers) == sum(map(len, operations["paths"].values()))
    for operation, found in answers.items():
        assert len(found) == len(RUN), operation
        assert all(answer == found[0] for answer in found), operation
        assert "status" not in found[0] or found[0]["status"] in ("ok", "ready"), found[0]


def test_an_example_is_opened_and_copied_in_the_language_of_the_page(context, page):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    for ui, heading, copied in (
        ("ar", "واجهة البرمجة", "نُسخ"),
        ("fr", "API", "Copié"),
        ("en", "API", "Copied"),
    ):
        page.goto(f"/?ui={ui}")
        page.locator(".colophon").get_by_role("link", name=heading).click()
        expect(page.locator("h1")).to_have_text(heading)
        section = page.locator("#suggest")
        section.get_by_text("Python", exact=True).click()
        section.get_by_role("button", name="Python").click()
        expect(section.get_by_role("button", name=copied)).to_be_visible()
        assert "requests.get" in page.evaluate("navigator.clipboard.readText()")
