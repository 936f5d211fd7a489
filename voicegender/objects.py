"""Objects of a store, read whole or by ranges: what is slow there is the asking.

A small object is read whole, by one request, some at once; a large one where it is needed.
"""

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

from voicegender.addresses import asked, is_remote, upath
from voicegender.errors import WorkError
from voicegender.listing import facts_of

if TYPE_CHECKING:
    from typing_extensions import Buffer

T = TypeVar("T")

ONE_THREAD = {"use_threads": False, "pre_buffer": False}
"""How Arrow is to read: its threads let go of Python's objects late, and where Python ends at that
moment, the process ends with SIGABRT (one of 250 commands on a busy machine)."""
HEAD = 16 * 1024
"""Bytes that hold a recording's header, with room for pictures and tags."""
TAIL = 64 * 1024
"""Bytes of a Parquet file that are read at its end, and least of a column."""
WHOLE = 1024 * 1024
"""Bytes up to which an object is read by one request: about a minute of FLAC at 16 kHz."""
AT_ONCE = 16
"""Requests that are under way at once, in threads."""


class Ranged(io.RawIOBase):
    """An object as a file; a read asks for ``block`` bytes or more, and the last are kept."""

    def __init__(self, path: Path, *, size: int | None = None, block: int = WHOLE) -> None:
        super().__init__()
        self.path = path
        self._size = facts_of(path).size if size is None else size
        self._block, self._at = block, 0
        self._first, self._held = 0, b""

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Bytes from the start."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place, as in any file."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: "Buffer", /) -> int:
        """Fill the buffer, but for the end of the object."""
        view = memoryview(buffer).cast("B")
        n = max(0, min(len(view), self._size - self._at))
        if n:
            self._hold(self._at, n)
            start = self._at - self._first
            view[:n] = self._held[start : start + n]
            self._at += n
        return n

    def _hold(self, first: int, n: int) -> None:
        if self._first <= first and first + n <= self._first + len(self._held):
            return
        end = min(self._size, first + max(n, self._block))
        with asked(self.path):
            held = upath(self.path).fs.cat_file(upath(self.path).path, start=first, end=end)
        if len(held) == self._size:  # all of it, also from a server that knows no ranges
            first = 0
        elif len(held) != end - first:
            raise _changed(self.path)
        self._first, self._held = first, held


def opened_table(path: Path) -> BinaryIO:
    """What Parquet reads: a file, or an object of which only the columns in use are fetched."""
    return cast("BinaryIO", Ranged(path, block=TAIL)) if is_remote(path) else path.open("rb")


def fetched(root: Path, names: Sequence[str], sizes: Sequence[int]) -> Iterator[Path | bytes]:
    """Recordings below ``root``: paths, or the bytes of objects, some of them fetched ahead.

    Raises
    ------
    WorkError
        The store cannot be reached, or nothing is seen of the corpus.
    """
    if not is_remote(root):
        yield from (root / name for name in names)
        return

    def fetch(name: str, size: int) -> Path | bytes:
        path = root / name
        try:
            return _bytes_of(path, size) if size <= WHOLE else path
        except FileNotFoundError:
            with asked(root):
                if not upath(root).fs.exists(upath(root).path):
                    raise _unseen(root) from None
            return path  # its own fault, which is told when it is opened

    yield from ahead(fetch, zip(names, sizes, strict=True))


def _bytes_of(path: Path, size: int) -> bytes:
    with asked(path):
        # A range spares the question how large the object is.
        whole: bytes = upath(path).fs.cat_file(upath(path).path, start=0, end=size)
    if len(whole) != size:
        raise _changed(path)
    return whole


def _changed(path: Path) -> WorkError:
    return WorkError(path, "is not what was listed", "it has changed; the same command lists anew")


def _unseen(root: Path) -> WorkError:
    return WorkError(root, "this worker does not see the corpus", "check its address and network")


def ahead(do: Callable[..., T], tasks: Iterable[tuple[object, ...]]) -> Iterator[T]:
    """What the calls give, in order, while the next ones are made in threads."""
    waiting: deque[Future[T]] = deque()
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for task in tasks:
            waiting.append(pool.submit(do, *task))
            if len(waiting) > 2 * AT_ONCE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
