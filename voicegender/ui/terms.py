"""What the terms mean that stand in forms, tables and charts: a sentence each, for tooltips."""

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
    "eer": "Equal error rate: where women heard as male and men heard as female are as frequent.",
    "ece": "Calibration error: how far stated probabilities lie from what comes true; 0 is best.",
    "loss": "How wrong the network is, with confidence counted; lower is better.",
    "epoch": "One pass over all training recordings.",
    "validation": "On readers that what is judged did not learn from, to watch progress.",
    "best": "The highest share of validation answers that were right, and the first epoch with it.",
    "cost": "Features that are missing, all epochs, and hearing the readers held out, to calibrate "
    "and to test; other work on this machine makes it slower.",
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
    "threshold": "A voice counts as heard as female when its probability of female is at least "
    "this. Lower: more women are heard as female, and more men too. The model itself is "
    "not changed, and what it calls uncertain stays.",
    "roc": "Women heard as female against men heard as female, as the threshold moves from 100 % "
    "(left) to 0 % (right). Only the corner is drawn in which errors are rare. Large marker: the "
    "threshold that is chosen.",
    "det": "Detection error trade-off: the same two errors on axes that spread out what is rare; "
    "nearer to the lower left is better, straight lines are usual. What never happens is drawn at "
    "0. Large marker: the threshold that is chosen.",
    "by-reader": "Share of a reader's excerpts that are heard as labelled; an excerpt heard by the "
    "models of several seeds counts once, with their mean. Interval (Wilson, 95 %): where the "
    "share would lie with other excerpts of the same reader. It is wide where few were heard.",
    "conditions": "Share right after something was done to the sound. What is refused counts as "
    "wrong, for the pitch threshold too. Interval (95 %): where it would lie with other readers.",
    "tested": "A test part asks few readers once. A cross-validation asks every reader of the "
    "corpus, each by models that never heard that reader: the readers are dealt into folds, and "
    "each fold is heard by a model trained on the others.",
    "disputed-reader": "Heard otherwise than the corpus labels them, by models that had not heard "
    "them before (the cross-validation of the model that answers first). The label may be wrong, "
    "or the voice may simply be heard otherwise. They are marked, never dropped.",
    "f0": "How high the voice is, in vibrations a second (Hz): the middle (median) of all voiced "
    "moments.",
    "map": "Principal components (PCA) of the features, averaged over each recording: the two "
    "directions in which recordings differ most. The share is how much of all differences lies "
    "along an axis. The network behind the embeddings was never told anybody's gender.",
    "lost": "Share right on clean sound less the share right under this condition, in percentage "
    "points; below 0, more is right than on clean sound. What is refused counts as wrong, for the "
    "pitch threshold too.",
    "refused": "Recordings not answered, for too little speech was found in them.",
    "lengths": "Share of right answers when only so much speech is heard, clean.",
    "download": "Archives come one after the other and are checked by their published checksum "
    "(MD5); each goes when it is unpacked. Interrupted, it goes on where it was.",
    "portrait": "Log-mel: power in 64 bands of frequency, spaced as the ear hears them. F0: the "
    "vibrations of the voice in a second, from autocorrelation. Orange is heard as female, blue as "
    "male, grey is uncertain or no speech.",
}
"""What a technical term means, in one sentence."""
