"""What is uploaded stays in memory: the server must not keep it in a temporary file."""

import sys

from starlette.formparsers import MultiPartParser


def keep_uploads_in_memory() -> None:
    """Let no upload spill to disk; Starlette would from 1 MB on.

    Streamlit holds each whole in memory afterwards, and bounds it by ``server.maxUploadSize``.
    """
    MultiPartParser.spool_max_size = sys.maxsize
