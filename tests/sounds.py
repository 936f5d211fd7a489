"""A hundred sounds that are no speech, made in code: noise, tones, music, machines, weather."""

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from voicegender.audio import SAMPLE_RATE, Samples
from voicegender.degradation import coloured_noise

Array = NDArray[np.float64]
Maker = Callable[[Array, np.random.Generator], Array]
"""Times in seconds and a generator -> a sound, of whatever level."""

MINOR, MAJOR, SEVENTH = (0, 3, 7, 12), (0, 4, 7, 12), (0, 4, 7, 10, 14)
DTMF = {"1": (697, 1209), "5": (770, 1336), "9": (852, 1477), "0": (941, 1336), "#": (941, 1477)}
SHORTEST, LONGEST = 2.0, 10.0
QUIETEST, LOUDEST = -45.0, -1.0
"""Peaks, dB of full scale."""


def sines(t: Array, hz: Array, amplitudes: Array) -> Array:
    """Sum of steady sines."""
    parts = zip(hz, amplitudes, strict=True)
    return sum((a * np.sin(2 * np.pi * f * t) for f, a in parts), np.zeros(len(t)))


def gliding(hz: Array) -> Array:
    """A sine whose frequency changes with each sample."""
    return np.asarray(np.sin(2 * np.pi * np.cumsum(hz) / SAMPLE_RATE))


def noise(colour: float) -> Maker:
    return lambda t, rng: np.asarray(coloured_noise(len(t), rng, colour=colour), np.float64)


def tone(*hz: float) -> Maker:
    return lambda t, _: sines(t, np.array(hz), np.ones(len(hz)))


def harmonics(f0: float, slope: float = 1.0) -> Maker:
    orders = np.arange(1, int(7800 / f0) + 1, dtype=np.float64)
    return lambda t, _: sines(t, f0 * orders, 1.0 / orders**slope)


def chord(root: float, steps: tuple[int, ...]) -> Maker:
    parts = [harmonics(root * 2 ** (step / 12), 1.5) for step in steps]
    return lambda t, rng: np.sum([part(t, rng) for part in parts], axis=0)


def plucked(t: Array, f0: float, decay: float) -> Array:
    """A string or a bar struck at time 0."""
    orders = np.arange(1, min(12, int(7800 / f0)) + 1)
    struck = (np.sin(2 * np.pi * f0 * k * t) * np.exp(-t * k / decay) / k for k in orders)
    return sum(struck, np.zeros(len(t)))


def arpeggio(root: float, steps: tuple[int, ...], rate: float, decay: float) -> Maker:
    def sound(t: Array, rng: np.random.Generator) -> Array:
        y = np.zeros(len(t))
        for first in range(0, len(t), round(SAMPLE_RATE / rate)):
            f0 = root * 2 ** (rng.choice(steps) / 12)
            y[first:] += plucked(t[: len(t) - first], f0, decay)
        return y

    return sound


def clicks(rate: float) -> Maker:
    """At random times."""

    def sound(t: Array, rng: np.random.Generator) -> Array:
        y, n = np.zeros(len(t)), round(rate * t[-1])
        y[rng.integers(len(t), size=n)] = rng.normal(size=n)
        return y

    return sound


def ticks(per_minute: float, hz: float, ring: float = 0.015) -> Maker:
    def sound(t: Array, _: np.random.Generator) -> Array:
        since = t % (60 / per_minute)
        return np.asarray(np.sin(2 * np.pi * hz * since) * np.exp(-since / ring))

    return sound


def drums(per_minute: float) -> Maker:
    def sound(t: Array, rng: np.random.Generator) -> Array:
        beat, hiss = 60 / per_minute, rng.normal(size=len(t))
        kick, snare, hat = t % beat, (t + beat / 2) % beat, t % (beat / 4)
        low = np.sin(2 * np.pi * (50 * kick + 3 * (1 - np.exp(-kick / 0.03)))) * np.exp(-kick / 0.1)
        high = 0.5 * np.exp(-snare / 0.06) + 0.15 * np.exp(-hat / 0.02)
        return np.asarray(low + high * hiss)

    return sound


def sweep(start: float, stop: float) -> Maker:
    return lambda t, _: gliding(start * (stop / start) ** (t / t[-1]))


def siren(low: float, high: float, rate: float) -> Maker:
    return lambda t, _: gliding(low + (high - low) * (1 + np.sin(2 * np.pi * rate * t)) / 2)


def dialled(seconds: float) -> Maker:
    def sound(t: Array, rng: np.random.Generator) -> Array:
        keys = rng.choice([*DTMF], size=int(LONGEST / seconds) + 1)
        key, on = (t / seconds).astype(int), t % seconds < 0.6 * seconds
        low, high = (np.array([DTMF[k][i] for k in keys])[key] for i in (0, 1))
        return np.asarray(on * (np.sin(2 * np.pi * low * t) + np.sin(2 * np.pi * high * t)))

    return sound


def ringing(*hz: float, on: float, off: float) -> Maker:
    steady = tone(*hz)
    return lambda t, rng: (t % (on + off) < on) * steady(t, rng)


def dither() -> Maker:
    return lambda t, rng: rng.integers(-1, 2, len(t)).astype(float)


def constant(value: float) -> Maker:
    return lambda t, _: np.full(len(t), value)


def engine(rate: float, rough: float) -> Maker:
    """Ignitions at a rate that wanders, muffled, with the noise of the exhaust."""

    def sound(t: Array, rng: np.random.Generator) -> Array:
        wander = np.interp(t, np.arange(12), rng.normal(0, 0.05, 12))
        phase = 2 * np.pi * np.cumsum(rate * (1 + wander)) / SAMPLE_RATE
        beats = sum((np.sin(k * phase) / k**1.2 for k in range(1, 20)), np.zeros(len(t)))
        rumble = coloured_noise(len(t), rng, colour=2)
        return np.asarray(beats + rough * rumble * (1 + 0.5 * np.sin(phase)))

    return sound


def rain(drops: float) -> Maker:
    """Hiss, and drops that ring for some milliseconds."""

    def sound(t: Array, rng: np.random.Generator) -> Array:
        drop = ticks(60, 3000, 0.004)(t[:800], rng)
        hits = np.convolve(clicks(drops)(t, rng), drop)[: len(t)]
        return np.asarray(hits + 0.1 * coloured_noise(len(t), rng, colour=0.5))

    return sound


def wind(rate: float, colour: float) -> Maker:
    def sound(t: Array, rng: np.random.Generator) -> Array:
        at = np.arange(0, LONGEST + 1 / rate, 1 / rate)
        gusts = np.interp(t, at, rng.uniform(0.05, 1, len(at)))
        return np.asarray(gusts * coloured_noise(len(t), rng, colour=colour))

    return sound


def chirps(hz: float, rate: float) -> Maker:
    """A bird, or a cricket."""

    def sound(t: Array, _: np.random.Generator) -> Array:
        since = t % (1 / rate)
        swell = np.exp(-(((since - 0.05) / 0.02) ** 2))
        return np.asarray(swell * np.sin(2 * np.pi * (hz * since + 4000 * since**2)))

    return sound


SOUNDS: dict[str, Maker] = {
    **{f"noise of colour {c:g}": noise(c) for c in (-1, -0.5, 0, 0.5, 0.75, 1, 1.25, 1.5, 2)},
    **{f"tone of {f} Hz": tone(f) for f in (80, 120, 200, 300, 440, 700, 1000, 2500, 6000)},
    **{f"harmonics of {f} Hz": harmonics(f) for f in (65, 100, 150, 210, 280, 400)},
    **{f"dull harmonics of {f} Hz": harmonics(f, 2) for f in (110, 180, 240)},
    **{f"minor chord on {f} Hz": chord(f, MINOR) for f in (110, 165, 262)},
    **{f"major chord on {f} Hz": chord(f, MAJOR) for f in (98, 196, 330)},
    **{f"piano on {f} Hz": arpeggio(f, SEVENTH, 4, 1.0) for f in (110, 165, 220, 330)},
    **{f"harp on {f} Hz": arpeggio(f, MINOR, 8, 0.5) for f in (131, 196, 294)},
    **{f"bass on {f} Hz": arpeggio(f, MINOR, 2, 1.5) for f in (55, 82)},
    **{f"marimba on {f} Hz": arpeggio(f, MAJOR, 6, 0.12) for f in (175, 262, 392)},
    **{f"drums at {n} a minute": drums(n) for n in (80, 120, 160)},
    **{f"{n} clicks a second": clicks(n) for n in (1, 5, 20, 100)},
    **{f"metronome at {n}": ticks(n, f) for n, f in ((60, 1000), (200, 500))},
    **{f"knocking at {n}": ticks(n, f, 0.05) for n, f in ((150, 180), (240, 120))},
    **{f"mains hum of {f} Hz": harmonics(f) for f in (50, 60)},
    **{f"soft mains hum of {f} Hz": harmonics(f, 2) for f in (50, 60)},
    **{f"transformer of {f} Hz": harmonics(f, 0.7) for f in (100, 120)},
    **{f"sweep {a} to {b} Hz": sweep(a, b) for a, b in ((50, 7000), (7000, 50), (100, 400))},
    **{f"slow sweep {a} to {b} Hz": sweep(a, b) for a, b in ((300, 3000), (2000, 200))},
    **{f"siren at {r} Hz": siren(500, 1500, r) for r in (0.2, 1, 4)},
    **{f"theremin at {r} Hz": siren(150, 300, r) for r in (0.5, 2, 5)},
    **{f"dialling, {s} s a key": dialled(s) for s in (0.1, 0.2, 0.5)},
    "dial tone": tone(350, 440),
    "ringing": ringing(440, 480, on=2, off=4),
    "busy": ringing(480, 620, on=0.5, off=0.5),
    "alarm": ringing(2000, on=0.1, off=0.1),
    "dither": dither(),
    **{f"constant {v}": constant(v) for v in (0.3, -0.05)},
    **{f"engine of {r} Hz": engine(r, 1) for r in (25, 40, 60, 90)},
    **{f"rough engine of {r} Hz": engine(r, 4) for r in (30, 120)},
    **{f"rain of {n} drops": rain(n) for n in (5, 30, 200, 1000)},
    **{f"wind {r} a second": wind(r, 1.5) for r in (0.5, 2, 4)},
    **{f"surf {r} a second": wind(r, 0.7) for r in (0.2, 1)},
    **{f"chirps of {f} Hz": chirps(f, r) for f, r in ((2500, 3), (4200, 12))},
}


def clip(name: str) -> Samples:
    """One of the sounds; length and level are drawn by its name."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    t = np.arange(round(rng.uniform(SHORTEST, LONGEST) * SAMPLE_RATE)) / SAMPLE_RATE
    y = SOUNDS[name](t, rng)
    level = 2**-15 if name == "dither" else 10 ** (rng.uniform(QUIETEST, LOUDEST) / 20)
    return np.asarray(level * y / np.abs(y).max(), np.float32)
