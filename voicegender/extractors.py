"""All features a network can be fed with."""

from voicegender.features import LogMel, Mfcc, MfccMean
from voicegender.voice_encoder import VoiceEmbedding

EXTRACTORS: tuple[type[MfccMean] | type[Mfcc] | type[LogMel] | type[VoiceEmbedding], ...] = (
    MfccMean,
    Mfcc,
    LogMel,
    VoiceEmbedding,
)
