"""Steps with what a page plays, which it records: see `recorder.js`."""

from pathlib import Path

import numpy as np

RECORDER = Path(__file__).with_name("recorder.js")


def find_tone(samples, rate):
    """Return the loudest frequency in Hz."""
    loudest = int(np.argmax(np.abs(np.fft.rfft(samples))))
    return np.fft.rfftfreq(len(samples), 1 / rate)[loudest]
