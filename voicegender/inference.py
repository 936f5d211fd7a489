"""An ONNX file -> answers, by ONNX Runtime on one thread."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_BATCH = 16
"""Windows a call of a network: more take longer each, and memory on long recordings."""


def open_network(path: Path) -> Any:
    """An ``onnxruntime.InferenceSession``; its own errors where the file is none."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Recordings and processes are what is done side by side, not parts of a matrix product.
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run(session: Any, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first output for the only input, in batches along the first axis."""
    name = session.get_inputs()[0].name
    batches = range(0, len(inputs), MAX_BATCH)
    return np.concatenate(
        [session.run(None, {name: inputs[i : i + MAX_BATCH]})[0] for i in batches]
    )
