"""Asking a server: HTTP and HTTPS only, and one that says too little in too long is left."""

import functools
import http.client
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

TIMEOUT_SECONDS = 30.0
"""A server that sends nothing for so long has stalled."""
SLOWEST = 1000
"""Bytes a second; a server that sends less has stalled too."""


def answer_from(address: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    """The answer of a server, once its head is here.

    Raises
    ------
    OSError, http.client.HTTPException, ValueError
        None, or one that makes no sense; `urllib.error.HTTPError` where it refuses.
    """
    request = urllib.request.Request(address, headers=dict(headers))  # noqa: S310  # the user's mirror
    answer: http.client.HTTPResponse = _opener().open(request, timeout=TIMEOUT_SECONDS)
    return answer


class Pace:
    """Raises where bytes come, but so slowly that no download would end."""

    def __init__(self) -> None:
        self._since, self._n_bytes = time.monotonic(), 0

    def __call__(self, n_bytes: int) -> None:
        """Hear of bytes that came."""
        self._n_bytes += n_bytes
        seconds = time.monotonic() - self._since
        if seconds > TIMEOUT_SECONDS:
            if self._n_bytes < SLOWEST * seconds:
                raise TimeoutError("too slow")
            self._since, self._n_bytes = time.monotonic(), 0  # the next stretch


class _Answer(http.client.HTTPResponse):
    """An answer whose head comes soon; urllib alone waits for each byte of it anew."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._socket, self._is_late = sock, False

    def begin(self) -> None:
        """Read the head."""
        clock = threading.Timer(TIMEOUT_SECONDS, self._give_up)
        clock.daemon = True
        clock.start()
        try:
            super().begin()
        finally:
            clock.cancel()
            if self._is_late:  # a head that is cut off reads like a short one
                raise TimeoutError("timed out")

    def _give_up(self) -> None:
        self._is_late = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


def _soon(connect: Callable[..., Any]) -> Callable[..., Any]:
    """The same connections, whose answers begin soon."""

    def connected(*to: Any, **how: Any) -> Any:
        connection = connect(*to, **how)
        connection.response_class = _Answer
        return connection

    return connected


class _Http(urllib.request.HTTPHandler):
    def do_open(self, http_class: Any, req: Any, **how: Any) -> http.client.HTTPResponse:
        """Ask."""
        return super().do_open(_soon(http_class), req, **how)


class _Https(urllib.request.HTTPSHandler):
    def do_open(self, http_class: Any, req: Any, **how: Any) -> http.client.HTTPResponse:
        """Ask."""
        return super().do_open(_soon(http_class), req, **how)


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> urllib.request.Request | None:
        """Leave what came with it unread: it may have no end."""
        _, answer, *_ = args
        answer.close()
        return super().redirect_request(*args)


@functools.cache
def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS, through a proxy where one is set; no files and no FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _Http(),
        _Https(),
        _Redirects(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener
