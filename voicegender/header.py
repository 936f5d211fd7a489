"""What a recording's header says of its length, before anything is decoded."""

import io
import os
from pathlib import Path


def header_seconds(source: Path | bytes) -> float | None:
    """Seconds that a header claims; 0 where it says nothing, None where there is no sound."""
    import soundfile

    try:
        # As bytes, for a name need not be text.
        file = io.BytesIO(source) if isinstance(source, bytes) else os.fsencode(source)
        return float(soundfile.info(file).duration)
    except (soundfile.LibsndfileError, OSError):
        return _by_ffmpeg(source)


def _by_ffmpeg(source: Path | bytes) -> float | None:
    import av

    av.logging.set_level(av.logging.PANIC)
    try:
        with (
            io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file,
            av.open(file, "r") as container,
        ):
            has_sound = bool(container.streams.audio)
            return (container.duration or 0) / av.time_base if has_sound else None
    except (av.FFmpegError, OSError):
        return None
