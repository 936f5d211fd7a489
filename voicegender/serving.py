"""The dashboard's server."""

import os
import sys
from pathlib import Path

from voicegender.errors import SettingError


def serve(root: Path, *, port: int, browser: bool = True) -> None:
    """Become Streamlit, serving the checkout's app until it is stopped.

    Raises
    ------
    SettingError
        The app is not there: the package was installed without its checkout.
    """
    import importlib.util

    app = root / "streamlit_app.py"
    if not app.is_file():
        raise SettingError(root, "streamlit_app.py is not here", "run it in a checkout")
    if importlib.util.find_spec("streamlit") is None:
        raise ModuleNotFoundError(name="streamlit")
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]
    # The prompt asks a new user for an address before anything is shown.
    command += ["--server.headless", str(not browser).lower(), "--server.showEmailPrompt", "false"]
    # Each session's thread may take a heap of its own from glibc, and none gives back what lies
    # free between two things that are held.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    # Relative paths in the app and its .streamlit/config.toml start from the checkout.
    os.chdir(root)
    os.execv(command[0], command)  # noqa: S606  # this Python, and arguments without a shell
