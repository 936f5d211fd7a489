"""The frame every page shares: its title, the way around, what is shown before anything."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.errors import StreamlitAPIException

from voicegender import inert
from voicegender.errors import VoiceGenderError
from voicegender.places import places
from voicegender.ui import guests, offer
from voicegender.ui.in_memory import keep_uploads_in_memory
from voicegender.ui.markup import SHOWN, without_markup

ICON = "🎙️"
READABLE = (
    "<style>[data-testid=stSliderThumbValue], [data-testid=stTab][aria-selected=true],"
    " [data-testid=stButtonGroup] button[data-selected] {color: inherit !important}</style>"
)
"""Text that Streamlit would write in the primary colour, too faint on a dark page."""
LINKED = re.compile(r"(?:https?|ftp|mailto|xmpp):|www(?=\.)|@|:(?=[\w+/-]+:)", re.IGNORECASE)
"""After what Streamlit's Markdown sees an address or a sign's name, escaped or not."""
JOINER = "\u2060"
"""Takes no room, and parts what would be taken for one."""
WORDS = (
    "A label says how a voice is **heard**. It is no statement about a person's gender, and "
    "nothing to decide about people with."
)


def page(title: str, subtitle: str) -> None:
    """Begin a page; the first call on it."""
    st.set_page_config(page_title=f"{title} · voicegender", page_icon=ICON, layout="wide")
    keep_uploads_in_memory()
    offer.begin()
    st.html(READABLE)
    st.title(title)
    guests.let_in()
    st.caption(subtitle)
    with st.sidebar:
        _way_around()
        st.divider()
        st.caption(WORDS)
        guests.leave()


def _way_around() -> None:
    """Links to all pages; Streamlit's own list would call the first one "streamlit app"."""
    try:
        st.page_link("streamlit_app.py", label="Home")
    except StreamlitAPIException:  # a page run by itself, as a test may, knows no other
        return
    for path in sorted((places().root / "pages").glob("[0-9]*_*.py")):
        st.page_link(f"pages/{path.name}", label=path.stem.partition("_")[2])


@contextmanager
def told() -> Iterator[None]:
    """Show a user's error in one line where it happened; the rest of the page goes on."""
    try:
        yield
    except VoiceGenderError as error:
        st.error(plain(str(error)), icon="⚠️")


def plain(text: str) -> str:
    """Text of others, such as a file's name, so that Markdown shows it as it is."""
    apart = LINKED.sub(lambda found: f"{found[0]}{JOINER}", inert.printable(text))
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:]|^-)", r"\\\1", apart)


def table(data: Any, **how: Any) -> Any:
    """`st.dataframe`, whose reader may download it: no cell is a formula in a spreadsheet."""
    if isinstance(data, pd.DataFrame):
        texts = data.select_dtypes(exclude=["number", "bool"])
        data = data.assign(**{name: texts[name].map(inert.cell) for name in texts})
    return st.dataframe(data, **how)


def chart(figure: Any, *, key: str, alt: str) -> None:
    """Show a Plotly figure in the theme's colours; ``alt`` says it to a screen reader."""
    st.plotly_chart(
        without_markup(figure),
        width="stretch",
        theme="streamlit",
        key=key,
        alt=alt,
        config={"displayModeBar": False},
    )


def clickable(figure: Any, *, key: str, alt: str) -> dict[str, Any] | None:
    """The same, and the point that was clicked last: x, y, customdata, as the figure has them.

    So its customdata must not be shown.
    """
    event = st.plotly_chart(
        without_markup(figure, *SHOWN),
        width="stretch",
        theme="streamlit",
        key=key,
        alt=alt,
        on_select="rerun",
        selection_mode="points",
        config={"displayModeBar": False},
    )
    points: list[dict[str, Any]] = event["selection"]["points"]
    return points[-1] if points else None


def way_to(page: str, label: str, **query: str) -> None:
    """A link to a page by its file's name without number, where that page is there.

    ``query`` is what the page is asked to show.
    """
    for path in sorted((places().root / "pages").glob(f"*_{page}.py")):
        st.page_link(f"pages/{path.name}", label=label, query_params=query or None)
