"""The colours of what is heard: the same on every chart, apart for colour-blind eyes too.

References
----------
.. [1] M. Okabe, K. Ito, "Color Universal Design", 2008: vermillion and blue of their palette,
   slightly shifted so that both keep a contrast of 3 or more on white and on near black.
"""

FEMALE = "#D9622B"
MALE = "#2F7FC1"
UNCERTAIN = "#8A8F98"
"""Grey: neither, or no statement."""
QUIET = "rgba(138, 143, 152, 0.45)"
"""The same, fainter: no speech."""
PITCH = "#8E6BBF"
"""Violet: F0, which is nobody's."""

COLOURS = {"female": FEMALE, "male": MALE, "uncertain": UNCERTAIN}
"""By the label of an answer."""
GENDERS = {"F": FEMALE, "M": MALE}
"""By the label of a corpus."""
