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
    asked = _auth()
    if not asked:
        return
    if not st.user.is_logged_in:
        st.info("Sign in to go on.")
        for name in _providers(asked):
            label = f"Sign in with {name}" if name else "Sign in"
            if st.button(label, key=f"sign-in-{name}", type="primary"):
                _sign_in(name)
        st.stop()


def leave() -> None:
    """A way out for those who have signed in."""
    if _auth() and st.button("Sign out", key="sign-out"):
        st.logout()


def is_shared() -> bool:
    """Whether others than the one who started the server may be at the page."""
    return bool(_auth()) or st.get_option("server.address") not in LOOPBACK


def _auth() -> Mapping[str, Any]:
    """The section of ``secrets.toml`` that switches signing in on; empty where there is none."""
    found = st.secrets.get("auth") if st.secrets.load_if_toml_exists() else None
    return found if isinstance(found, Mapping) else {}


def _is_unreadable() -> bool:
    """A file that is broken must not let everybody in."""
    files = st.get_option("secrets.files")
    return not st.secrets.load_if_toml_exists() and any(Path(file).exists() for file in files)


def _providers(asked: Mapping[str, Any]) -> list[str]:
    """Names of identity providers; one without a name where the section itself is one."""
    named = [name for name, value in asked.items() if isinstance(value, Mapping)]
    return [*([""] if "client_id" in asked else []), *named]


def _sign_in(name: str) -> None:
    try:
        st.login(name or None)
    except StreamlitAuthError as error:
        st.error(f"Signing in is not set up: {str(error).splitlines()[0]}", icon="⚠️")
