"""A small corpus of computed voices in LibriSpeech's layout, to try everything at once.

A voice is a source and a filter: glottal pulses and noise, shaped by moving formants. Women and
men differ in mean F0 and in formant scale; both overlap, F0 the more, as in real voices.
"""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from voicegender.corpus import MARKER as CORPUS_MARKER
from voicegender.errors import CorpusError, SettingError
from voicegender.process import Progress

MARKER, SPEAKERS = CORPUS_MARKER, "SPEAKERS.TXT"
MARKER_TEXT = "These are computed voices, not people. `voicegender corpus demo` made them.\n"
SPEAKERS_HEAD = f"; {MARKER_TEXT};\n;ID  |SEX| SUBSET           |MINUTES| NAME\n"
TRAIN, HELD_OUT, HELD_OUT_SHARE = "train-clean-100", ("dev-clean", "test-clean"), 0.15
FIRST_ID, FIRST_CHAPTER = 10_001, 500_001  # above LibriSpeech's: nobody is taken for a reader
RANGES = {"n_speakers": range(6, 2001, 2), "n_utterances": range(1, 10_001), "seed": range(2**63)}

# Mean F0 in Hz and formant scale (men's mean = 1); sigmas are of the natural logarithm.
POPULATION, SIGMAS = {"F": (195.0, 1.17), "M": (120.0, 1.0)}, (0.2, 0.05)
MANNERS = (1500, 0.03, 0.004, 0.85), (4000, 0.2, 0.012, 1.15)  # bounds of tilt to rate
SR, HOP, FRAME, N_FFT = 16_000, 160, 320, 640  # beyond FRAME is room for the formants to ring
FREQUENCIES = np.fft.rfftfreq(N_FFT, 1 / SR).astype(np.float32)
# F1 to F4 of men in Hz: J. Hillenbrand et al., JASA 97, 1995.
VOWELS = (
    (342, 2322, 3000, 3657),
    (476, 2089, 2691, 3649),
    (768, 1333, 2522, 3687),
    (378, 997, 2343, 3357),
    (623, 1200, 2550, 3557),
)
# Each consonant is one or two events of: seconds, voicing, noise, its centre in Hz, F1 to F4 in Hz.
CONSONANTS = (
    ((0.09, 0.0, 0.4, 5800, 350, 1700, 2600, 3600),),  # s
    ((0.09, 0.0, 0.4, 3300, 350, 1800, 2500, 3500),),  # sh
    ((0.05, 0.0, 0.0, 4000, 300, 1700, 2600, 3500), (0.02, 0.0, 0.5, 4000, 350, 1700, 2600, 3500)),
    ((0.05, 0.2, 0.0, 1900, 250, 1900, 2300, 3400), (0.02, 0.2, 0.3, 1900, 350, 1900, 2300, 3400)),
    ((0.07, 0.5, 0.0, 1000, 270, 1100, 2200, 3300),),  # m
    ((0.06, 0.7, 0.0, 1000, 360, 1200, 2700, 3500),),  # l
)
PAUSE = (0.0, 0.0, 0.0, 1000, 500, 1500, 2500, 3500)  # an event without its seconds
Array = NDArray[np.float64]
Spectrum = NDArray[np.complex64]
Event = tuple[float, ...]  # seconds, ln(F0 / mean), voicing, noise, noise centre Hz, F1 to F4 Hz


@dataclass(frozen=True)
class Voice:
    """One computed speaker; calling it with a generator speaks an utterance.

    Parameters
    ----------
    speaker_id, gender, subset
        As in ``SPEAKERS.TXT``; gender is ``"F"`` or ``"M"``.
    f0, formant_scale
        Mean F0 in Hz; formant frequencies relative to the mean man's.
    tilt, breath, jitter, rate
        Hz above which the glottal spectrum falls faster; breath noise over voicing; deviation of a
        glottal period as a share of it; speed of speech, 1 being about four syllables a second.
    """

    speaker_id: str
    gender: str
    subset: str
    f0: float
    formant_scale: float
    tilt: float
    breath: float
    jitter: float
    rate: float

    def __call__(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return one utterance of 3.2 to 7 s: samples within -1 to 1, shape (n,), at ``SR``."""
        track = _track(_events(rng, self.rate))
        pitch, voicing, noise, centre = track[:, :4, None].transpose(1, 0, 2)
        pulses = _spectra(self._pulses(rng, self.f0 * np.exp(pitch.ravel())))
        hiss = _spectra(rng.standard_normal(HOP * len(track)))
        low = 1j * FREQUENCIES / self.f0
        glottis = low / (1 + low) ** 2 / (1 + 1j * FREQUENCIES / self.tilt)
        throat = pulses * glottis + self.breath * hiss * np.sqrt(np.abs(glottis))
        mouth = noise * np.exp(-0.5 * ((FREQUENCIES - centre) / 1200) ** 2)
        room = 10 ** rng.uniform(-3.2, -2.4) / (1 + FREQUENCIES / 300)
        y = _overlap_add(voicing * throat * self._tract(track[:, 4:]) + hiss * (mouth + room))
        return np.asarray(y * (rng.uniform(0.3, 0.8) / np.abs(y).max()), np.float32)

    def _pulses(self, rng: np.random.Generator, f0: Array) -> Array:
        """Glottal pulses of unit power, shape (n,), under an F0 in Hz, shape (n_frames,)."""
        n = HOP * len(f0)
        phase = np.cumsum(np.interp(np.arange(n), np.arange(len(f0)) * HOP, f0)) / SR
        at = np.interp(np.arange(1, int(phase[-1])), phase, np.arange(n))
        period = np.gradient(at)
        at = np.rint(at + period * rng.normal(0, self.jitter, len(at))).clip(0, n - 1)
        height = np.sqrt(period) * rng.lognormal(0, 5 * self.jitter, len(at))
        return np.bincount(at.astype(int), height, minlength=n).astype(np.float64)

    def _tract(self, formants: Array) -> Spectrum:
        """Response to the mean man's formants in Hz, shape (n_frames, 4), as (n_frames, n_bins)."""
        delay = np.exp(-2j * np.pi * FREQUENCIES / SR).astype(np.complex64)
        response = np.ones((len(formants), len(FREQUENCIES)), np.complex64)
        # Without formants above F4 the spectrum falls too steeply (D. Klatt, JASA 67, 1980).
        tube = np.arange(4500, 0.95 * SR / 2 / self.formant_scale, 1000)
        for hertz in (*formants.T[:, :, None], *tube[:, None]):
            centre = (hertz * self.formant_scale).astype(np.float32)
            radius = np.exp(-np.pi * (50 + 0.04 * centre) / SR)  # bracket: bandwidth in Hz
            a1, a2 = -2 * radius * np.cos(2 * np.pi * centre / SR), radius**2
            response *= (1 + a1 + a2) / (1 + delay * (a1 + a2 * delay))
        return response


@dataclass(frozen=True)
class DemoCorpus:
    """Writer of a corpus of computed voices, half of them women's, in LibriSpeech's layout.

    Parameters
    ----------
    n_speakers, n_utterances, seed
        Speakers, a number even and at least 6 for women and men in each subset; recordings of
        each; the same seed makes the same files.
    """

    n_speakers: int = 40
    n_utterances: int = 6
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers no corpus can be made of, with a SettingError."""
        for name, values in RANGES.items():
            if (value := getattr(self, name)) not in values:
                wanted = f"{values.start} to {values[-1]} in steps of {values.step} will"
                raise SettingError(f"demo corpus {name}", f"{value} will not do", wanted)

    def __call__(self, folder: str | Path, *, progress: Progress | None = None) -> Path:
        """Write the corpus, whole or not at all, over an earlier one; return its folder.

        Progress hears of utterances done and wanted. Other content there raises a CorpusError.
        """
        target = Path(folder).expanduser().resolve()
        partial = target.with_name(f"{target.name}.partial")
        try:
            _refuse_foreign(target, {SPEAKERS, TRAIN, *HELD_OUT}, marked=True)
            _refuse_foreign(partial, {"new", "old"})
            shutil.rmtree(partial, ignore_errors=True)
            with ExitStack() as tidy:
                tidy.callback(shutil.rmtree, partial, ignore_errors=True)
                self._write(partial / "new", progress)
                if target.exists():
                    target.rename(partial / "old")
                return (partial / "new").rename(target)
        except (OSError, sf.SoundFileError) as error:
            raise CorpusError(folder, f"cannot be written ({error})", "choose another") from error

    def voices(self) -> tuple[Voice, ...]:
        """Return the speakers: a woman and a man in turn, subset by subset."""
        n = self.n_speakers // 2
        n_held = max(1, round(HELD_OUT_SHARE * n))
        subsets = [TRAIN] * (n - 2 * n_held) + [s for s in HELD_OUT for _ in range(n_held)]
        rng = np.random.default_rng(self.seed)
        voices = []
        for first, (gender, means) in enumerate(POPULATION.items(), FIRST_ID):
            # Quantiles, shuffled: even a few voices span the whole population.
            scores = rng.permuted(np.tile(NormalDist().quantiles(n + 1), (2, 1)), axis=1).T
            table = np.hstack((means * np.exp(SIGMAS * scores), rng.uniform(*MANNERS, (n, 4))))
            for i, row in enumerate(table.tolist()):
                voices.append(Voice(str(first + 2 * i), gender, subsets[i], *row))
        return tuple(sorted(voices, key=lambda voice: int(voice.speaker_id)))

    def _write(self, folder: Path, progress: Progress | None) -> None:
        """Write every file, the list of speakers last."""
        folder.mkdir(parents=True)
        (folder / MARKER).write_text(MARKER_TEXT, encoding="utf-8")
        rows, n = [SPEAKERS_HEAD], self.n_utterances
        for i, voice in enumerate(self.voices()):
            chapter = folder / voice.subset / voice.speaker_id / str(FIRST_CHAPTER + i)
            chapter.mkdir(parents=True)
            minutes = 0.0
            for number in range(n):
                y = voice(np.random.default_rng((self.seed, int(voice.speaker_id), number)))
                name = f"{voice.speaker_id}-{chapter.name}-{number:04d}.flac"
                sf.write(chapter / name, y, SR, subtype="PCM_16")
                minutes += len(y) / SR / 60
                if progress:
                    progress(i * n + number + 1, self.n_speakers * n)
            columns = f"{voice.speaker_id:<5}| {voice.gender} | {voice.subset:<17}| {minutes:<6.2f}"
            rows.append(f"{columns}| Synthetic voice {i + 1:02d}\n")
        (folder / SPEAKERS).write_text("".join(rows), encoding="utf-8")


def _refuse_foreign(folder: Path, ours: set[str], *, marked: bool = False) -> None:
    """Refuse a folder with anything in it but ours: it is going to be deleted."""
    names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if names - ours - {MARKER} or (marked and names and MARKER not in names):
        raise CorpusError(folder, "holds something else than a demo corpus", "choose another")


def _events(rng: np.random.Generator, rate: float) -> list[Event]:
    """Phrases of syllables that fall in pitch, with pauses between and at the ends."""
    seconds = rng.uniform(3.25, 4.8)
    events: list[Event] = [(rng.uniform(0.1, 0.3), *PAUSE)]
    while sum(event[0] for event in events) < seconds:
        for i in range(rng.integers(4, 7)):
            events += _syllable(rng, rate, 0.12 - 0.05 * i)
        events.append((rng.uniform(0.15, 0.35), *PAUSE))
    return events


def _syllable(rng: np.random.Generator, rate: float, pitch: float) -> list[Event]:
    """Consonant and vowel at a pitch in ln(F0 / mean); a third are longer, louder and higher."""
    accent = rng.choice((0, 0, 1)) * rng.uniform(0.1, 0.25)
    pitch += accent + rng.normal(0, 0.02)
    consonant = CONSONANTS[rng.integers(len(CONSONANTS))]
    formants = VOWELS[rng.integers(len(VOWELS))]
    vowel = (rng.uniform(0.12, 0.2) * (1 + accent), 1 + accent, 0, 1000, *formants)
    return [(seconds / rate, pitch, *rest) for seconds, *rest in (*consonant, vowel)]


def _track(events: list[Event]) -> Array:
    """Events without their seconds as gliding frames, shape (n_frames, 8); mean pitch 0."""
    table = np.array(events)
    n_frames = np.maximum(1, np.rint(table[:, 0] * SR / HOP)).astype(int)
    track = np.repeat(table[:, 1:], n_frames, axis=0)
    track[:, 0] -= np.average(track[:, 0], weights=track[:, 1])
    # Pitch glides over 0.2 s and the tongue over 0.11 s; noise starts and stops at once.
    for column, width in enumerate((21, 5, 3, 3, 11, 11, 11, 11)):
        padded = np.pad(track[:, column], width // 2, mode="edge")
        window = np.hanning(width + 2)[1:-1]
        track[:, column] = np.convolve(padded, window / window.sum(), mode="valid")
    return track


def _spectra(y: Array) -> Spectrum:
    """Spectra of half-overlapping Hann frames, shape (n_frames, n_bins), of n_frames hops."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(y, (0, HOP)), FRAME)[::HOP]
    window = np.hanning(FRAME + 1)[:-1]  # periodic: the frames add up to y
    return np.asarray(np.fft.rfft((frames * window).astype(np.float32), N_FFT), np.complex64)


def _overlap_add(spectra: Spectrum) -> Array:
    """Signal of such spectra, shape (n_frames * HOP,)."""
    parts = np.fft.irfft(spectra, N_FFT).reshape(len(spectra), -1, HOP)
    late = [np.pad(parts[: len(parts) - i, i], ((i, 0), (0, 0))) for i in range(N_FFT // HOP)]
    return np.ravel(np.sum(late, axis=0, dtype=np.float64))
