"""What a recording's header says of its length, before anything is decoded."""

from voicegender.containers import container_of
from voicegender.objects import Readable, sound_file


def header_seconds(source: Readable) -> float | None:
    """Seconds that a header claims; 0 where it says nothing, None where there is no sound."""
    import soundfile

    try:
        with sound_file(source) as file, soundfile.SoundFile(file) as sound:
            return float(sound.frames / sound.samplerate)
    except (soundfile.LibsndfileError, OSError):
        return _by_ffmpeg(source)


def _by_ffmpeg(source: Readable) -> float | None:
    import av

    try:
        with container_of(source) as container:
            has_sound = bool(container.streams.audio)
            return (container.duration or 0) / av.time_base if has_sound else None
    except (av.FFmpegError, OSError):
        return None
