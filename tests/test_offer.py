"""What a session is offered and given stays as long as the session, and no longer."""

import gc

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from voicegender.ui.offer import Shelf

FILE = b"a file that was asked for"


class Pressed:
    """A button that was pressed in one session of a server with another one."""

    def __init__(self) -> None:
        self.media = MediaFileManager(MemoryMediaFileStorage("/media"))
        self.own, self.other = Shelf(self.media), Shelf(self.media)
        self.offer = self.media.add_deferred(self.make, "text/plain", "0.0", "a.txt")
        self.own.keep_offer("a", self.make)
        self.own.keep_file("a", self.make(), "a.txt", "text/plain")
        self.url = self.media.execute_deferred(self.offer)
        self.media.clear_session_refs()  # as when the session's own page begins

    @staticmethod
    def make() -> bytes:
        """What the button gives."""
        return FILE

    def is_there_when_others_were_drawn(self) -> bool:
        """Whether the file is there, and can be made again."""
        self.other.begin()
        for _ in range(2):
            self.media.remove_orphaned_files()
        there = self.media.read_file(self.url.removeprefix("/media/").partition(".")[0])
        assert (there is not None) == (self.offer in self.media._deferred_callables)  # noqa: SLF001  # what is let go has no other sign
        return there is not None


@pytest.mark.parametrize(("n_pages", "is_there"), [(0, True), (1, True), (2, False)])
def test_a_file_and_its_offer_outlive_one_page_and_not_two(n_pages: int, *, is_there: bool) -> None:
    pressed = Pressed()
    for _ in range(n_pages):
        pressed.own.begin()
    assert pressed.is_there_when_others_were_drawn() == is_there


def test_a_file_and_its_offer_go_with_their_session() -> None:
    pressed = Pressed()
    assert pressed.is_there_when_others_were_drawn()
    del pressed.own
    gc.collect()
    assert not pressed.is_there_when_others_were_drawn()
