"""Take the pictures of the README: the main pages over the sample, wide and narrow.

python -m tests.browser.screenshots    # writes data/screenshots/*.png
"""

import io
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page

from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from search.records import Query
from tests.browser.serving import chromium, serving

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "data" / "screenshots"
CAPTURED_ON = date(2026, 3, 20)
QUERY = "/search?q=حوادث السير"
FRENCH = "/search?q=tremblement de terre à Agadir&kind=article"
WIDE, PHONE = (1280, 860), (390, 844)
_COLOURS = 64  # a page of text needs no more, and stays below 150 kB


def open_first(page: Page) -> None:
    page.locator(".hit:has(.snippet) h2 a").first.click()
    page.wait_for_selector(".document")


def type_a_beginning(page: Page) -> None:
    page.keyboard.type("الم")
    page.wait_for_selector("#offers li")
    page.keyboard.press("ArrowDown")


def narrow(page: Page) -> None:
    page.locator(".facets > summary").click()


# Name: address, size, colours, language, and the action before the picture
SHOTS = {
    "front": ("/", WIDE, "light", "ar", None),
    "front-phone": ("/", PHONE, "light", "ar", None),
    "results": (QUERY, WIDE, "light", "ar", None),
    "results-dark": (QUERY, WIDE, "dark", "ar", None),
    "results-phone": (QUERY, PHONE, "light", "ar", None),
    "results-french": (FRENCH, WIDE, "light", "fr", None),
    "narrowing-phone": (QUERY, PHONE, "dark", "ar", narrow),
    "typing": ("/", WIDE, "light", "ar", type_a_beginning),
    "document": (QUERY, WIDE, "light", "ar", open_first),
    "document-phone": (QUERY, PHONE, "dark", "ar", open_first),
}


def take(browser: Browser, url: str, name: str) -> None:
    address, (width, height), colours, ui, act = SHOTS[name]
    with browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=colours, base_url=url
    ) as context:
        context.add_cookies([{"name": "ui", "value": ui, "url": url}])
        page = context.new_page()
        page.goto(address)
        if act:
            act(page)
        picture = Image.open(io.BytesIO(page.screenshot()))
        small = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        small.save(PICTURES / f"{name}.png", optimize=True)


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        archive = Path(folder) / "archive"
        add_dumps(
            [str(ROOT / "data" / "sample")],
            archive,
            load_encoder(),
            captured_on=CAPTURED_ON,
            show_progress=False,
        )
        engine = SearchEngine.open(archive)
        engine.search(Query("خبر"))  # the first search is slow
        with serving(engine) as url, chromium() as browser:
            for name in SHOTS:
                take(browser, url, name)
                print(name)


if __name__ == "__main__":
    main()
