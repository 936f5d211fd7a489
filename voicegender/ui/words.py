"""Words for people: what settings, states, conditions and figures are called."""

from voicegender.process import State

GENDERS = {"F": "female", "M": "male"}
"""Labels of a corpus, in words."""

OPTIONS = {
    "probe": "probe: linear probes on a pretrained voice encoder (recommended)",
    "seed-lstm": "seed-lstm: the recipe this project starts from",
    "bilstm": "bilstm: reads frames in time, both ways",
    "attentive": "attentive: convolutions and attention, learnt from nothing",
    "mfcc-mean": "MFCC, mean over time: 128 numbers a recording",
    "mfcc": "MFCC in time: frames",
    "log-mel": "Log-mel in time: frames",
    "voice-embedding": "Voice embeddings in time: 512 numbers a second",
    "f0-median": "Median F0: one number a recording",
    "imported": "Imported: made elsewhere",
    "auto": "Automatic: published parts where they are present, else by reader",
    "published": "Published: the corpus's own train, dev and test",
    "random-readers": "By reader, at random",
    "fold": "One fold of a cross-validation, by reader",
    "leaky-by-recording": "LEAKY, by recording: same readers in training and test",
    "random": "Random stretch",
    "first": "From the beginning",
    "middle": "From the middle",
    "whole": "Whole recording",
    "resemblyzer-0.1.4": "Resemblyzer 0.1.4",
    "float32": "Single (float32)",
    "mixed_float16": "Mixed with float16: faster on graphics cards",
    "mixed_bfloat16": "Mixed with bfloat16: faster on the newest of them",
}
"""Choices, by the name settings know them under."""

LABELS = {
    "n_mfcc": "Coefficients (MFCC)",
    "n_mels": "Mel bands",
    "n_fft": "Window, samples",
    "win_length": "Window, samples",
    "log-mel.n_fft": "Transform, samples",
    "hop_length": "Step, samples",
    "excerpt": "Part of the recording",
    "mel": "Log-mel frames below",
    "excerpt.policy": "Which part",
    "seconds": "Length, s",
    "seed": "Random seed",
    "split.policy": "How readers are divided",
    "validation": "Share to validate",
    "test": "Share to test",
    "n_folds": "Folds",
    "fold": "Fold that tests",
    "batch_size": "Batch size",
    "warmup": "Warm-up epochs",
    "shortest": "Shortest excerpt, s",
    "longest": "Longest excerpt, s",
    "patience": "Early stopping after",
    "best_weights": "Keep the best epoch",
    "average": "Averaging of weights",
    "excerpts": "Excerpts a recording",
    "quietest_noise": "Quietest noise, dB",
    "loudest_noise": "Loudest noise, dB",
    "mask_bands": "Widest mask, bands",
    "mask_frames": "Longest mask, frames",
    "voice-embedding.weights": "Voice encoder",
    "voice-embedding.seconds": "Window, s",
    "voice-embedding.hop": "Step, s",
    "heads": "Heads",
    "penalty": "Penalty on large weights",
    "copies": "Altered copies",
    "alteration.equaliser": "With another tone, share",
    "alteration.room": "In a room, share",
    "alteration.noise": "With noise, share",
    "alteration.codec": "Through a codec, share",
    "alteration.telephone": "By telephone, share",
    "alteration.clipping": "Clipped, share",
}
"""Settings, by name or by kind and name; others are called by their own name."""

CONDITIONS = {
    "clean": "as it was recorded",
    "noise 20 dB": "faint noise, 20 dB below the voice",
    "noise 10 dB": "clear noise, 10 dB below the voice",
    "noise 5 dB": "loud noise, 5 dB below the voice",
    "white noise 10 dB": "hiss, 10 dB below the voice",
    "8 kHz": "a telephone's band: nothing above 4 kHz",
    "MP3 32 kb/s": "squeezed hard by MP3",
    "Opus 24 kb/s": "squeezed by Opus, as in a call",
    "far room": "a microphone two metres away in an echoing room",
    "clipping": "recorded too loud: peaks cut off",
}
"""What is done to a recording under each condition of a robustness report."""

STATES: dict[State, tuple[str, str, str]] = {
    "new": ("○", "not started", "gray"),
    "running": ("▶", "running", "blue"),
    "done": ("✓", "done", "green"),
    "cancelled": ("■", "cancelled", "orange"),
    "failed": ("✕", "failed", "red"),
}
"""Sign, word and colour of each state: never the colour alone."""

PHASES = {
    "starting": "Getting ready",
    "checking": "Checking what is here",
    "connecting": "Asking for it",
    "downloading": "Downloading",
    "unpacking": "Unpacking",
    "extracting": "Making features",
    "training": "Training",
    "calibrating": "Calibrating on held-out readers",
    "evaluating": "Testing on held-out readers",
    "cancelled": "Cancelled",
    "done": "Done",
}

TURNS = (
    "Readers in train and validation take turns: each of the {heads} heads learns from all but one "
    "share of them and is judged by that share. So all of them are learnt from; those in test "
    "never are."
)
"""What is said of the parts where a network has several heads."""

LEAKY = (
    "**Leaky split.** The same readers are in training and test, as in the original script: its "
    "scores measure memory of voices too, and say little about a new voice."
)


def option_name(value: str) -> str:
    """A choice in words."""
    return OPTIONS.get(value, value)


def state_word(state: State) -> str:
    """Sign and word."""
    return " ".join(STATES[state][:2])


def time_left(seconds: float | None) -> str:
    """A duration a person would say; empty when it is not known."""
    if seconds is None:
        return ""
    if seconds < 90:  # noqa: PLR2004  # below, seconds are said
        return f"about {max(1, round(seconds))} s left"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


def lasting(seconds: float) -> str:
    """How long something takes, as a person would say it who does not know exactly."""
    if seconds < 90:  # noqa: PLR2004  # below, seconds are said
        return f"{max(1, round(seconds))} s" if seconds >= 1 else f"{max(0.1, seconds):.1f} s"
    return f"{round(seconds / 60)} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def size(n_bytes: int) -> str:
    """Bytes as a person would say them."""
    for unit, n in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= n:
            return f"{n_bytes / n:.1f} {unit}"
    return f"{n_bytes / 1e3:.0f} kB"
