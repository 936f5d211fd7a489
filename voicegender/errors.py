"""The errors a user can act on; any other exception is a bug."""

from voicegender.inert import printable


class VoiceGenderError(Exception):
    """Something the user can mend, said in one line.

    Parameters
    ----------
    place
        The file, folder, option or row where it went wrong.
    wrong
        What is wrong there.
    remedy
        What would do; may be left out where ``wrong`` says it all.
    """

    def __init__(self, place: object, wrong: str, remedy: str = "") -> None:
        self.place = str(place)
        self.wrong = wrong
        self.remedy = remedy
        line = f"{self.place}: {wrong}" + (f"; {remedy}" if remedy else "")
        super().__init__(printable(" ".join(line.split())))

    def __reduce__(self) -> tuple[type["VoiceGenderError"], tuple[str, str, str]]:
        """So that one raised in another process arrives whole."""
        return type(self), (self.place, self.wrong, self.remedy)


class AudioError(VoiceGenderError):
    """A recording that cannot be used: mend or leave out the recording."""


class CorpusError(VoiceGenderError):
    """A corpus, manifest or label table that cannot be used: mend the data."""


class SettingError(VoiceGenderError):
    """An option or a configuration that makes no sense: choose another value."""


class ModelError(VoiceGenderError):
    """A model bundle that cannot be used: make or fetch another model."""


class WorkError(VoiceGenderError):
    """A run, job or feature folder that is not in the needed state."""


class DownloadError(VoiceGenderError):
    """An archive that could not be had whole: try later, or another mirror."""
