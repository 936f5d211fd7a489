"""Tasks over the workers of a Dask cluster; what they write lies where all of them see it.

References
----------
.. [1] M. Rocklin, "Dask: Parallel computation with blocked algorithms and task scheduling",
   SciPy 2015.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from voicegender.errors import SettingError, WorkError
from voicegender.workers import single_threaded

SCHEMES = ("tcp", "tls", "ws", "wss")
"""What a scheduler of Dask's listens to."""
CONNECT_SECONDS = 10.0
WORKER_SECONDS = 60.0
"""How long a scheduler may be without any worker before it is told."""


@dataclass(frozen=True)
class Cluster:
    """A crew at the address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``.

    A task whose worker is lost is done by another. Tasks may be done twice then, so what they
    write must come out the same.
    """

    address: str

    def __call__(self, do: Callable[..., int], tasks: Sequence[tuple[Any, ...]]) -> Iterator[int]:
        """Do the tasks and yield what each gives, as each ends.

        Raises
        ------
        SettingError, WorkError
            See `check`; or workers are lost again and again.
        """
        if not tasks:
            return
        with self._client() as client:
            from distributed import KilledWorker, as_completed

            futures = [client.submit(single_threaded, do, *task, pure=False) for task in tasks]
            try:
                for future in as_completed(futures, loop=client.loop):
                    yield future.result()
            except KilledWorker:
                raise WorkError(
                    self.address, "its workers died again and again", "look at their logs"
                ) from None

    def check(self) -> None:
        """Connect and leave, before anything is begun.

        Raises
        ------
        SettingError
            Dask is not installed, or the address is none.
        WorkError
            No scheduler answers, or it has no worker.
        """
        with self._client():
            pass

    def _client(self) -> Any:
        """A connection to a scheduler that has workers."""
        self._check_address()
        try:
            from distributed import Client
        except ModuleNotFoundError:
            raise SettingError(
                self.address, "Dask is not installed", "pip install 'voicegender[cluster]'"
            ) from None
        try:
            client: Any = Client(self.address, timeout=CONNECT_SECONDS, set_as_default=False)
        except OSError:  # a TimeoutError is one
            raise WorkError(
                self.address, "no scheduler answers here", "start one: dask scheduler"
            ) from None
        try:
            client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError:
            client.close()
            raise WorkError(
                self.address, "the scheduler has no worker", "start some: dask worker ADDRESS"
            ) from None
        return client

    def _check_address(self) -> None:
        """Refuse what is no address: Dask's own refusal leaves a stack trace behind."""
        try:
            parts = urlsplit(self.address)
            is_address = parts.scheme in SCHEMES and bool(parts.hostname and parts.port)
        except ValueError:  # a port that is no number
            is_address = False
        if not is_address:
            raise SettingError(self.address, "is no address", "tcp://HOST:PORT")
