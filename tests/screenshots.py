"""Pictures of every page, wide and narrow, light and dark, to be looked at.

``python tests/screenshots.py FOLDER [VIEW ...]``, over the data folder that is in use.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from playwright.sync_api import FilePayload, Page, sync_playwright

from browser import Server, launch, opened, serving, settled
from needs import librispeech_folder
from voicegender.places import places

WIDTHS, HEIGHT = (1440, 390), 1000
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
VOICE = "test-other/367/130732/367-130732-0005.flac"


def predict(page: Page) -> None:
    """Answer a real recording."""
    page.locator("input[type=file]").first.set_input_files(librispeech_folder() / VOICE)
    page.get_by_text("Heard as").wait_for()
    page.get_by_test_id("stPlotlyChart").first.wait_for()


def predict_many(page: Page) -> None:
    """Answer several, one of which is no sound."""
    folder = librispeech_folder() / "test-other"
    files = [
        FilePayload(name=path.name, mimeType="audio/flac", buffer=path.read_bytes())
        for path in sorted(folder.rglob("*.flac"))[::5]
    ]
    files.append(FilePayload(name="letter.wav", mimeType="audio/wav", buffer=b"Dear reader"))
    page.locator("input[type=file]").first.set_input_files(files)
    page.get_by_test_id("stDataFrame").first.wait_for()
    settled(page)


def nothing(_: Page) -> None:
    """The page as it opens."""


VIEWS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "home": ("", nothing),
    "predict": ("Predict", predict),
    "predict-many": ("Predict", predict_many),
    "speakers": ("Speakers", nothing),
    "speakers-charts": ("Speakers?view=Charts", nothing),
    "speakers-reader": ("Speakers?reader=367", nothing),
    "features": ("Features", nothing),
    "features-map": ("Features?view=Map+of+voices", nothing),
    "features-make": ("Features?view=Make+features", nothing),
    "features-stored": ("Features?view=Stored+features", nothing),
    "training": ("Training", nothing),
    "training-runs": ("Training?view=Runs", nothing),
    "results": ("Results", nothing),
    "results-noise": ("Results?view=Noise+and+short+speech", nothing),
    "results-closely": ("Results?view=One+closely", nothing),
}


def whole(page: Page) -> None:
    """Make the window as high as what it shows."""
    main = "document.querySelector('[data-testid=stMain]').scrollHeight"
    for _ in range(2):  # charts may grow with the first change
        size = page.viewport_size or {"width": WIDTHS[0]}
        page.set_viewport_size({"width": size["width"], "height": int(page.evaluate(main))})
        page.wait_for_timeout(700)  # Plotly's and the tables' own drawing shows no end


def take(page: Page, server: Server, name: str, path: Path) -> None:
    """One picture."""
    address, act = VIEWS[name]
    opened(page, server, address)
    act(page)
    settled(page)
    whole(page)
    page.screenshot(path=path)
    sys.stdout.write(f"{path}\n")


def main(folder: Path, data: Path, views: list[str]) -> None:
    """All of them, or those named."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus = str(librispeech_folder())
    with serving(data, VOICEGENDER_LIBRISPEECH=corpus) as server, sync_playwright() as playwright:
        browser = launch(playwright)
        for scheme in SCHEMES:
            for width in WIDTHS:
                for name in views or VIEWS:
                    page = browser.new_page(
                        color_scheme=scheme, viewport={"width": width, "height": HEIGHT}
                    )
                    take(page, server, name, folder / f"{name}-{width}-{scheme}.png")
                    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), places().data.resolve(), sys.argv[2:])
