"""What a recording's header says of its length, before anything is decoded."""

from voicegender.containers import container_of
from voicegender.media import Readable, sound


def header_seconds(source: Readable) -> float | None:
    """Seconds that a header claims; 0 where it says nothing, None where there is no sound."""
    with sound(source) as file:
        if file is not None:
            return float(file.frames / file.samplerate)
    return _by_ffmpeg(source)


def _by_ffmpeg(source: Readable) -> float | None:
    import av

    try:
        with container_of(source) as container:
            has_sound = bool(container.streams.audio)
            return (container.duration or 0) / av.time_base if has_sound else None
    except (av.FFmpegError, OSError):
        return None
