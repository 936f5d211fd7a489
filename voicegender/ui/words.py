"""Words for people: what settings, states and figures are called, and what the terms mean."""

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
    "voice-embedding.weights": "The pretrained network that turns a voice into numbers. It learnt "
    "to tell speakers apart, without knowing their gender, and is not trained further.",
    "voice-embedding.seconds": "Seconds of speech that each embedding looks at.",
    "voice-embedding.hop": "Seconds from one embedding to the next.",
    "heads": "Linear probes whose mean answers. The readers are dealt into as many shares; each "
    "head learns from all but one of them, and is judged by that one.",
    "penalty": "How much large weights cost while a head learns; more makes it more careful.",
    "copies": "Changed copies of each recording that are learnt from beside it; 0 makes none.",
    "alteration.equaliser": "Share of the copies, 0 to 1, that another microphone might have made.",
    "alteration.room": "Share of the copies, 0 to 1, recorded a few steps away in a room.",
    "alteration.noise": "Share of the copies, 0 to 1, with noise 3 to 30 dB below the voice.",
    "alteration.codec": "Share of the copies, 0 to 1, squeezed by MP3 or Opus as recordings are.",
    "alteration.telephone": "Share of the copies, 0 to 1, sampled at 8 kHz as a telephone does.",
    "alteration.clipping": "Share of the copies, 0 to 1, recorded too loud: peaks are cut off.",
    "alteration.seed": "Start of the random numbers that say what becomes of which copy.",
    "fitting.epochs": "Passes over all training recordings.",
    "fitting.batch_size": "Recordings looked at from one correction of the network to the next.",
    "fitting.learning_rate": "Size of each correction.",
    "fitting.warmup": "First epochs, in which the corrections grow; after them they shrink.",
    "fitting.patience": "Stops after so many epochs without a better validation loss; "
    "empty never stops.",
    "split.policy": "Which readers the network learns from, and which it is tested on. A reader "
    "is never in two parts, except in the leaky split, which is kept to be measured.",
    "split.validation": "Share of the readers that are kept to watch progress; where a network has "
    "several heads, readers take turns at that.",
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
    "validation": "On readers that what is judged did not learn from, to watch progress.",
    "baseline": "A simple method any network has to beat.",
    "unit": "What one answer is given for: a whole recording, an excerpt of its speech, or all "
    "recordings of a reader together.",
    "answers": "Answers counted; a cross-validation asks each recording once for each seed.",
    "uncertain": "Share of the answers between the two thresholds: it says uncertain there.",
    "decided": "Share of right answers among those that were not uncertain.",
    "pitch": "Share heard as labelled, by the recording's median F0 (pitch). The dotted line is "
    "the pitch threshold, which hears all left of it as male and all right of it as female: "
    "women left of it and men right of it are whom a voice's height alone gets wrong.",
    "seeds": "Share of right answers: recordings, excerpts of 3 and 1 s, and recordings of women "
    "and of men. Each seed deals the readers into other folds and starts the training otherwise: "
    "how much seeds differ shows how much of a score is chance.",
    "disputed": "Readers whom the models of every seed hear otherwise than the corpus labels "
    "them; none of these models had heard them. The label may be wrong, or the voice may simply "
    "be heard otherwise. They are named, never dropped: every score counts them.",
    "lost": "Share right on clean sound less the share right under this condition, in percentage "
    "points; below 0, more is right than on clean sound. What is refused counts as wrong, for the "
    "pitch threshold too.",
    "refused": "Recordings not answered, for too little speech was found in them.",
    "lengths": "Share of right answers when only so much speech is heard, clean.",
    "pitch-threshold": "Median F0 from 160 Hz on is heard as female, below as male: what anyone "
    "could do without a network.",
}
"""What a technical term means, in one sentence."""

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


def size(n_bytes: int) -> str:
    """Bytes as a person would say them."""
    for unit, n in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= n:
            return f"{n_bytes / n:.1f} {unit}"
    return f"{n_bytes / 1e3:.0f} kB"
