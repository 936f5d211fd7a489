"""The dashboard's server."""

import os
import socket
import sys
from pathlib import Path

from voicegender.errors import SettingError
from voicegender.jobs import HEAPS


def serve(root: Path, *, port: int, browser: bool = True) -> None:
    """Become Streamlit, serving the checkout's app until it is stopped.

    Raises
    ------
    SettingError
        The app is not there: the package was installed without its checkout. Or somebody
        listens at the port.
    """
    import importlib.util

    app = root / "streamlit_app.py"
    if not app.is_file():
        raise SettingError(root, "streamlit_app.py is not here", "run it in a checkout")
    if importlib.util.find_spec("streamlit") is None:
        raise ModuleNotFoundError(name="streamlit")
    _check_free(port)
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]
    # The prompt asks a new user for an address before anything is shown.
    command += ["--server.headless", str(not browser).lower(), "--server.showEmailPrompt", "false"]
    # Each session's thread may take a heap of its own from glibc, and none gives back what lies
    # free between two things that are held.
    os.environ.setdefault(HEAPS, "2")
    # Relative paths in the app and its .streamlit/config.toml start from the checkout.
    os.chdir(root)
    os.execv(command[0], command)  # noqa: S606  # this Python, and arguments without a shell


def _check_free(port: int) -> None:
    with socket.socket() as tried:
        # As the server does: what has just ended keeps the port for a minute otherwise.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise SettingError(f"port {port}", reason, "choose another with --port") from None
