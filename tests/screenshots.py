"""Pictures of every page, wide and narrow, light and dark, to be looked at.

``python tests/screenshots.py FOLDER [VIEW ...]``, over the data folder that is in use.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from playwright.sync_api import FilePayload, Page, sync_playwright

from browser import Server, as_microphone, launch, opened, serving, settled
from needs import librispeech_folder
from voicegender.places import places

WIDTHS, HEIGHT = (1440, 390), 1000
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
VOICE = "test-other/367/130732/367-130732-0005.flac"
SPOKEN = ("test-other/2414/128291/2414-128291-0005.flac", VOICE)
"""What the microphone hears, one after the other."""


def predict(page: Page) -> None:
    """Answer a real recording."""
    page.locator("input[type=file]").first.set_input_files(librispeech_folder() / VOICE)
    page.get_by_test_id("stHtml").get_by_text("Heard as").wait_for()
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


def live(page: Page) -> None:
    """Listen to a man and then a woman."""
    page.get_by_role("button", name="Start listening").click()
    page.get_by_role("status").get_by_text("Heard as female").wait_for()
    page.wait_for_timeout(3000)


def predict_example(page: Page) -> None:
    """Answer an example in which two voices speak."""
    page.get_by_role("tab", name="Examples").click()
    page.get_by_text("A woman, then a man").click()
    page.get_by_test_id("stPlotlyChart").first.wait_for()


def predict_refused(page: Page) -> None:
    """Try an example that is refused."""
    page.get_by_role("tab", name="Examples").click()
    page.get_by_text("A tone, which is refused").click()
    page.get_by_role("alert").wait_for()


def predict_microphone(page: Page) -> None:
    """The microphone's tab."""
    page.get_by_role("tab", name="Microphone").click()


def nothing(_: Page) -> None:
    """The page as it opens."""


VIEWS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "home": ("", nothing),
    "predict": ("Predict", predict),
    "predict-many": ("Predict", predict_many),
    "live": ("Live", live),
    "live-idle": ("Live", nothing),
    "predict-example": ("Predict", predict_example),
    "predict-refused": ("Predict", predict_refused),
    "predict-microphone": ("Predict", predict_microphone),
    "predict-empty": ("Predict", nothing),
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
    "results-curves": ("Results?view=Curves&threshold=70", nothing),
    "results-who": ("Results?view=Who+it+errs+on", nothing),
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


def microphone(path: Path) -> Path:
    """Two voices, as Chromium takes them for a microphone."""
    parts = [soundfile.read(librispeech_folder() / voice)[0][: 6 * 16_000] for voice in SPOKEN]
    soundfile.write(path, np.concatenate(parts), 16_000)
    return as_microphone(path, path)


def main(folder: Path, data: Path, views: list[str]) -> None:
    """All of them, or those named."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus = str(librispeech_folder())
    heard = microphone(folder / "microphone.wav")
    with serving(data, VOICEGENDER_LIBRISPEECH=corpus) as server, sync_playwright() as playwright:
        browser = launch(playwright, microphone=heard)
        for scheme in SCHEMES:
            for width in WIDTHS:
                for name in views or VIEWS:
                    page = browser.new_page(
                        color_scheme=scheme,
                        viewport={"width": width, "height": HEIGHT},
                        permissions=["microphone"],
                    )
                    take(page, server, name, folder / f"{name}-{width}-{scheme}.png")
                    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), places().data.resolve(), sys.argv[2:])
