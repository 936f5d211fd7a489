"""Any file -> mono float32 at one rate.

libsndfile decodes what it knows (WAV, FLAC, OGG, Opus), FFmpeg through PyAV the rest
(MP3, M4A, AAC, WebM, the sound of a video). Either way in blocks, so that memory stays flat
whatever a header claims.
"""

import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voicegender.addresses import is_remote
from voicegender.containers import channels_of, container_of, frames_of
from voicegender.errors import AudioError
from voicegender.limits import LIMIT_SECONDS
from voicegender.listing import facts_of
from voicegender.media import sound
from voicegender.mending import centred, mono

if TYPE_CHECKING:
    import soundfile
    from av.container import InputContainer

SAMPLE_RATE = 16_000
"""Hz; what LibriSpeech and the speech detector use."""
BLOCK_SECONDS = 10.0
BLOCK_SAMPLES = 2**23
"""Most of all channels together, 32 MB, that are decoded at once."""
RATES = (1000, 1_000_000)
"""Hz; at others no voice is recorded, and a few bytes stand for hours or for nothing."""
LOUDEST = 1e4
"""Full scale is 1; a float file 80 dB above it holds something else than sound."""
UNSOUGHT = ("OGG",)
"""Formats read from their beginning: in a damaged one libvorbis ends the process at a seek."""
SILENCE = 1e-4
"""Peak below which a recording counts as silent: under the last 3 bits of 16."""

Samples = NDArray[np.float32]
"""float32, shape (n_samples,), full scale 1."""
Source = Path | bytes
"""A file, or the bytes of one."""


def load_audio(source: Source, *, sr: int = SAMPLE_RATE, name: str = "") -> Samples:
    """Decode a whole recording to mono.

    Parameters
    ----------
    source
        A file or its bytes.
    sr
        Sampling rate of the result in Hz.
    name
        What errors call the recording; by default its path.

    Raises
    ------
    AudioError
        See `stream_audio`.
    """
    return np.concatenate([*stream_audio(source, sr=sr, name=name)])


def stream_audio(
    source: Source,
    *,
    sr: int = SAMPLE_RATE,
    limit: float = LIMIT_SECONDS,
    name: str = "",
) -> Iterator[Samples]:
    """Decode a recording to mono in blocks of some seconds.

    Raises
    ------
    AudioError
        Not a file, empty, undecodable, without sound, not finite, silent from end to end,
        or longer than ``limit`` seconds.
    """
    name = name or _name(source)
    _check_door(source, name)
    n_samples, peak = 0, 0.0
    for block in centred(_decoded(source, sr, name)):
        n_samples += len(block)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        if n_samples > limit * sr:
            raise AudioError(name, f"longer than {limit / 3600:g} h", "cut it into pieces")
        yield block
    if n_samples == 0:
        raise AudioError(name, "holds no sound")
    if peak < SILENCE:
        raise AudioError(name, "is silent", "check the microphone or the file")


def read_excerpt(path: Source, start: float, seconds: float, *, sr: int = SAMPLE_RATE) -> Samples:
    """Decode ``seconds`` of a file from ``start`` on, seeking where the format allows.

    Raises
    ------
    AudioError
        See `stream_audio`.
    """
    import soundfile

    with sound(path) as file, suppress(soundfile.LibsndfileError):
        if file is not None and file.format not in UNSOUGHT:
            file.seek(min(round(start * file.samplerate), file.frames))
            y = file.read(round(seconds * file.samplerate), dtype="float32", always_2d=True)
            resample = _Resampler(file.samplerate, sr, _name(path))
            return next(centred([resample(_mixed(y, _name(path)), last=True)]))
    first = round(start * sr)
    return load_audio(path, sr=sr)[first : first + round(seconds * sr)]


def _name(source: Source) -> str:
    return "recording" if isinstance(source, bytes) else str(source)


def _mixed(y: NDArray[np.float32], name: str) -> Samples:
    """What a decoder gives, to one channel; shape (n_samples, n_channels) -> (n_samples,)."""
    if not float(np.abs(y).max(initial=0.0)) < LOUDEST:  # also true for NaN
        raise AudioError(name, "holds samples that are no sound (not finite, or far too loud)")
    return mono(y)


def _check_door(source: Source, name: str) -> None:
    try:
        _check_file(source, name)
    except FileNotFoundError:
        raise AudioError(name, "no such file") from None
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise AudioError(name, error.strerror or "cannot be read") from None


def _check_file(source: Source, name: str) -> None:
    if isinstance(source, bytes):
        if not source:
            raise AudioError(name, "the file is empty")
    elif is_remote(source):
        if facts_of(source).size == 0:
            raise AudioError(name, "the file is empty")
    elif source.is_dir():
        raise AudioError(name, "is a folder", "name a recording, or a folder that holds some")
    elif not source.exists():
        raise AudioError(name, "no such file")
    elif not source.is_file():
        raise AudioError(name, "is no ordinary file")
    elif source.stat().st_size == 0:
        raise AudioError(name, "the file is empty")


def _decoded(source: Source, sr: int, name: str) -> Iterator[Samples]:
    with sound(source) as file:
        if file is not None:
            yield from _decoded_by_sndfile(file, sr, name)
            return
    yield from _decoded_by_ffmpeg(source, sr, name)


def _decoded_by_sndfile(file: "soundfile.SoundFile", sr: int, name: str) -> Iterator[Samples]:
    import soundfile

    resample = _Resampler(file.samplerate, sr, name)
    size = min(round(BLOCK_SECONDS * file.samplerate), BLOCK_SAMPLES // file.channels)
    try:
        while len(y := np.asarray(file.read(size, "float32", always_2d=True), np.float32)):
            yield resample(_mixed(y, name))
    except soundfile.LibsndfileError as error:
        raise AudioError(name, f"damaged ({error})", "record or convert it again") from None
    yield resample(np.zeros(0, np.float32), last=True)


def _decoded_by_ffmpeg(source: Source, sr: int, name: str) -> Iterator[Samples]:
    import av

    try:
        with container_of(source) as container:
            if not container.streams.audio:
                raise AudioError(name, "holds no sound", "choose a recording of a voice")
            yield from _ffmpeg_blocks(container, sr, name)
    except (av.FFmpegError, OSError) as error:
        reason = error.strerror or type(error).__name__
        raise AudioError(
            name, f"cannot be decoded ({reason})", "use WAV, FLAC, OGG, Opus, MP3, M4A or WebM"
        ) from None


def _ffmpeg_blocks(container: "InputContainer", sr: int, name: str) -> Iterator[Samples]:
    import av

    to_planar = av.AudioResampler(format="fltp")
    resample, rate = _Resampler(sr, sr, name), sr
    held = _Held()
    for frame in frames_of(container):
        for planar in to_planar.resample(frame):
            if planar.sample_rate != rate:  # at the start, and where a stream changes its rate
                yield resample(held.joined(), last=True)
                resample, rate = _Resampler(planar.sample_rate, sr, name), planar.sample_rate
            held.add(_mixed(channels_of(planar).T, name))
            if held.n_samples >= BLOCK_SECONDS * rate:
                yield resample(held.joined())
    yield resample(held.joined(), last=True)


class _Held:
    """Pieces until they are a block; counted as they come, for a broken file has thousands."""

    def __init__(self) -> None:
        self._pieces, self.n_samples = list[Samples](), 0

    def add(self, y: Samples) -> None:
        self._pieces.append(y)
        self.n_samples += len(y)

    def joined(self) -> Samples:
        """All pieces as one; none is held any more."""
        y = np.concatenate([np.zeros(0, np.float32), *self._pieces])
        self._pieces, self.n_samples = [], 0
        return y


class _Resampler:
    """Blocks at one rate -> blocks at another, seamless."""

    def __init__(self, rate: int, sr: int, name: str) -> None:
        import soxr

        if rate != sr and not RATES[0] <= rate <= RATES[1]:
            wrong = f"claims {rate:,} samples a second"
            raise AudioError(name, wrong, "record it at 8,000 or more")
        self._stream = soxr.ResampleStream(rate, sr, 1, "float32") if rate != sr else None

    def __call__(self, y: Samples, *, last: bool = False) -> Samples:
        return y if self._stream is None else self._stream.resample_chunk(y, last=last)


def encode_wav(y: Samples, sr: int = SAMPLE_RATE) -> bytes:
    """Samples as the bytes of a 16-bit WAV file, for a browser to play."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, y, sr, format="WAV", subtype="PCM_16")
    return buffer.getvalue()
