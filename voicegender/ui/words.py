"""Words for people: what settings, states and figures are called, and what the terms mean."""

from voicegender.process import State

OPTIONS = {
    "seed-lstm": "seed-lstm: the recipe this project starts from",
    "bilstm": "bilstm: reads frames in time, both ways",
    "attentive": "attentive: convolutions and attention (recommended)",
    "mfcc-mean": "MFCC, mean over time: 128 numbers a recording",
    "mfcc": "MFCC in time: frames",
    "log-mel": "Log-mel in time: frames",
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
}
"""Settings, by name or by kind and name; others are called by their own name."""

TERMS = {
    "features": "The numbers a network is given in place of the sound.",
    "network": "The kind of model that learns to tell voices apart.",
    "n_mfcc": "Mel-frequency cepstral coefficients: how the spectrum is shaped, few numbers.",
    "n_mels": "Bands of frequency, spaced as the ear hears them.",
    "n_fft": "Samples of each short-time spectrum, at 16,000 a second.",
    "win_length": "Samples that each frame looks at, at 16,000 a second.",
    "hop_length": "Samples from one frame to the next, at 16,000 a second.",
    "policy": "Which stretch of each recording is looked at.",
    "seconds": "Length of the stretch; recordings no longer than this are left out.",
    "seed": "Start of the random numbers: the same seed gives the same result.",
    "units": "Cells of the recurrent layer.",
    "dense": "Cells of the layer behind it.",
    "stride": "Frames joined to one step.",
    "dropout": "Share of cells switched off at random while it learns.",
    "channels": "Channels of each convolution.",
    "kernel": "Steps each convolution looks at.",
    "dilations": "Distance between those steps, one number a layer.",
    "embedding": "Channels before pooling over time.",
    "attention": "Cells that weigh moments in time.",
    "hidden": "Cells of the last hidden layer.",
    "fitting.epochs": "Passes over all training recordings.",
    "fitting.batch_size": "Recordings looked at from one correction of the network to the next.",
    "fitting.learning_rate": "Size of each correction.",
    "fitting.warmup": "First epochs, in which the corrections grow; after them they shrink.",
    "fitting.patience": "Stops after so many epochs without a better validation loss; "
    "empty never stops.",
    "split.policy": "Which readers the network learns from, and which it is tested on. A reader "
    "is never in two parts, except in the leaky split, which is kept to be measured.",
    "split.validation": "Share of the readers that are kept to watch progress.",
    "split.test": "Share of the readers that are kept for the final test.",
    "split.n_folds": "Groups the readers are dealt into.",
    "split.fold": "The group that tests, counted from 0.",
    "readers": "People who read aloud for the corpus.",
    "interval": "95 % interval: where the figure would lie with other readers (by resampling).",
    "accuracy": "Share of answers that agree with the corpus's label.",
    "recall": "Share of this group's recordings that are heard as the corpus labels them.",
    "auc": "Area under the ROC curve: 1 is perfect, 0.5 is guessing.",
    "eer": "Equal error rate: where women taken for men and men taken for women are as frequent.",
    "ece": "Calibration error: how far stated probabilities lie from what comes true; 0 is best.",
    "loss": "How wrong the network is, with confidence counted; lower is better.",
    "epoch": "One pass over all training recordings.",
    "validation": "Recordings set aside to watch progress; never learnt from.",
    "baseline": "A simple method any network has to beat.",
}
"""What a technical term means, in one sentence."""

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
    "extracting": "Making features",
    "training": "Training",
    "evaluating": "Testing on held-out readers",
    "cancelled": "Cancelled",
    "done": "Done",
}

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


def size(n_bytes: int) -> str:
    """Bytes as a person would say them."""
    for unit, n in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= n:
            return f"{n_bytes / n:.1f} {unit}"
    return f"{n_bytes / 1e3:.0f} kB"
