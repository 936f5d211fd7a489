"""Who is at the page: its owner on this machine, or others who sign in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAuthError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Addresses at which only this machine is heard."""


def let_in() -> None:
    """Ask to sign in where that is configured; the page goes on for those who have."""
    if _is_unreadable():
        st.error("The file of secrets cannot be read, so nobody can sign in. Mend secrets.toml.")
        st.stop()
    if not _is_asked() or st.user.get("is_logged_in"):
        return
    st.info("Sign in to go on.")
    for name in _providers(_auth()):
        label = f"Sign in with {name}" if name else "Sign in"
        if st.button(label, key=f"sign-in-{name}", type="primary"):
            _sign_in(name)
    st.stop()


def leave() -> None:
    """A way out for those who have signed in."""
    if _is_asked() and st.button("Sign out", key="sign-out"):
        st.logout()


def is_shared() -> bool:
    """Whether others than the one who started the server may be at the page."""
    return _is_asked() or st.get_option("server.address") not in LOOPBACK


def _is_asked() -> bool:
    """Whether people sign in: the section is there, though it may be empty or no section."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def _auth() -> Mapping[str, Any]:
    """The section of ``secrets.toml`` that switches signing in on; empty where it names nobody."""
    found = st.secrets["auth"]
    return found if isinstance(found, Mapping) else {}


def _is_unreadable() -> bool:
    """A file that is broken must not let everybody in."""
    try:
        is_read = st.secrets.load_if_toml_exists()
    except (OSError, ValueError):  # it may not be read, or is not UTF-8
        return True
    return not is_read and any(Path(file).exists() for file in st.get_option("secrets.files"))


def _providers(asked: Mapping[str, Any]) -> list[str]:
    """Names of identity providers; one without a name where the section itself is one.

    Also where it names nobody: pressing its button says what is missing.
    """
    named = [name for name, value in asked.items() if isinstance(value, Mapping)]
    return [*([""] if "client_id" in asked or not named else []), *named]


def _sign_in(name: str) -> None:
    try:
        st.login(name or None)
    except StreamlitAuthError as error:
        st.error(f"Signing in is not set up: {str(error).splitlines()[0]}", icon="⚠️")
