"""Pages as a browser is told to draw them: opened, drawn again, read."""

import base64
import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from needs import CHECKOUT

PREDICT = "pages/1_Predict.py"
SPEAKERS, FEATURES = "pages/3_Speakers.py", "pages/4_Features.py"
TRAINING, RESULTS = "pages/5_Training.py", "pages/6_Results.py"
TEXTS = ("title", "header", "subheader", "markdown", "caption", "info", "error", "warning")


def opened(page: str | None = None, **query: str | list[str]) -> AppTest:
    """The app at Home or at another page, drawn."""
    app = AppTest.from_file(str(CHECKOUT / "streamlit_app.py"), default_timeout=60)
    if page:
        app.run().switch_page(page)
    for name, value in query.items():
        app.query_params[name] = value
    return drawn(app)


def drawn(app: AppTest) -> AppTest:
    """The page drawn again, without an exception."""
    app.run()
    assert not app.exception, app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    """Press the button of this name."""
    next(button for button in app.button if button.label == label).click()
    return drawn(app)


def said(app: AppTest) -> str:
    """All text on the page."""
    texts = [str(one.value) for kind in (*TEXTS, "success", "code") for one in getattr(app, kind)]
    return "\n".join([*texts, html_of(app)])


def html_of(app: AppTest) -> str:
    """What was drawn as HTML."""
    return "\n".join(one.proto.body for one in app.get("html"))


def charts(app: AppTest) -> list[dict[str, Any]]:
    """Figures on the page."""
    return [json.loads(one.proto.spec) for one in app.get("plotly_chart")]


def numbers(values: Any) -> list[float]:
    """Of a figure, which has them as a list or as bytes."""
    if isinstance(values, dict):
        return [*map(float, np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]))]
    return [*map(float, values)]
