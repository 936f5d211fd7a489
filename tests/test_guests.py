"""Signing in is switched on by configuration; what is typed by others reaches no folder."""

from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from needs import CHECKOUT
from pages import FEATURES, PREDICT, RESULTS, SPEAKERS, TRAINING, opened, press, said

OPTION = streamlit.config.get_option
ALL = (None, PREDICT, "pages/2_Live.py", SPEAKERS, FEATURES, TRAINING, RESULTS)
AUTH = {
    "redirect_uri": "http://127.0.0.1:8501/oauth2callback",
    "cookie_secret": "a secret of tests",
    "client_id": "voicegender",
    "client_secret": "another",
    "server_metadata_url": "http://127.0.0.1:9/.well-known/openid-configuration",
}

pytestmark = pytest.mark.usefixtures("data")


def visited(page: str | None, *, is_in: bool, auth: dict[str, object] | None = None) -> AppTest:
    """A page of a server at which people sign in."""
    app = AppTest.from_file(str(CHECKOUT / (page or "streamlit_app.py")), default_timeout=60)
    app.secrets["auth"] = AUTH if auth is None else auth
    app.user = {"is_logged_in": is_in, "email": "a@example.com"}
    app.run()
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize("page", ALL)
def test_every_page_asks_to_sign_in_and_shows_nothing_before(page: str | None) -> None:
    app = visited(page, is_in=False)
    assert [button.label for button in app.button] == ["Sign in"]
    for kind in ("selectbox", "text_input", "dataframe", "tabs", "file_uploader"):
        assert not list(getattr(app, kind)), kind
    assert not app.sidebar.children


@pytest.mark.parametrize("page", [None, PREDICT])
def test_who_has_signed_in_sees_the_page_and_a_way_out(page: str | None) -> None:
    app = visited(page, is_in=True)
    assert "Sign out" in {button.label for button in app.button}
    assert "Sign in to go on" not in said(app)
    assert list(app.file_uploader if page else app.dataframe)
    assert app.sidebar.children


def test_each_identity_provider_has_its_button() -> None:
    shared = {name: AUTH[name] for name in ("redirect_uri", "cookie_secret")}
    app = visited(None, is_in=False, auth={**shared, "okta": AUTH, "google": AUTH})
    assert [button.label for button in app.button] == ["Sign in with okta", "Sign in with google"]


def test_without_that_configuration_nobody_is_asked() -> None:
    assert "Sign" not in " ".join(button.label for button in opened().button)


def with_secrets(content: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Home of a server with this file of secrets."""
    file = folder / "secrets.toml"
    file.write_bytes(content)
    options = {"secrets.files": [str(file)]}
    monkeypatch.setattr(streamlit.secrets, "_secrets", None)  # it remembers what it read
    monkeypatch.setattr("streamlit.get_option", options.get)
    monkeypatch.setattr("streamlit.config.get_option", lambda n: options.get(n) or OPTION(n))
    app = AppTest.from_file(str(CHECKOUT / "streamlit_app.py"), default_timeout=60)
    app.run()
    assert not app.exception, app.exception
    assert not app.sidebar.children
    return app


@pytest.mark.parametrize("content", [b"[auth", b"[auth]\nclient_id = '\xff'", b"\x00"])
def test_a_file_of_secrets_that_cannot_be_read_lets_nobody_in(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = with_secrets(content, tmp_path, monkeypatch)
    assert "nobody can sign in" in said(app)
    assert not app.button


@pytest.mark.parametrize("content", [b"[auth]", b"auth = 'google'", b"auth = []"])
def test_a_section_that_names_nobody_lets_nobody_in(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = with_secrets(content, tmp_path, monkeypatch)
    assert [button.label for button in app.button] == ["Sign in"]
    assert not app.dataframe


@pytest.mark.parametrize("typed", ["~nobody-of-this-name/x", "a\0b", "x" * 5000, "/dev/zero", "/"])
def test_what_is_typed_and_is_no_corpus_is_refused_in_one_line(typed: str) -> None:
    app = opened()
    app.text_input(key="corpus-path").set_value(typed)
    (error,) = press(app, "Use this corpus").error
    assert "Traceback" not in error.value


def test_a_folder_is_named_by_the_owner_alone(
    demo_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = opened()
    own.text_input(key="corpus-path").set_value(str(demo_corpus))
    assert "demo" in press(own, "Use this corpus").dataframe[0].value["Corpus"].tolist()[0]
    shared = visited(None, is_in=True)
    assert "no folder can be named here" in said(shared)
    assert not shared.text_input
    monkeypatch.setattr("streamlit.get_option", lambda _name: "0.0.0.0")  # noqa: S104  # heard by all
    assert not opened().text_input
