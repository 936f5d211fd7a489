"""An ONNX file -> answers, by ONNX Runtime on one thread."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicegender.errors import ModelError

# ONNX Runtime would keep an identity of this machine and report its use to its makers; it reads
# this when it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

MAX_BATCH = 16
"""Windows a call of a network: more take longer each, and memory on long recordings."""
N_LABELS = 2
DAMAGED, AGAIN = "is damaged: not the file that was exported", "export or fetch the model again"
ELSEWHERE = b"location"
"""The key under which an ONNX file names another file that holds its weights."""


def open_network(path: Path, *, sha256: str = "") -> Any:
    """An ``onnxruntime.InferenceSession``; what was checked is what is opened.

    Raises
    ------
    ModelError
        It is not the file of this checksum, or would read other files. ONNX Runtime's own errors
        where the file is none: see `told_of`.
    """
    import onnxruntime

    data = path.read_bytes()
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(path, DAMAGED, AGAIN)
    if ELSEWHERE in data:
        raise ModelError(path, "names other files to be read", "export it with its weights inside")
    options = onnxruntime.SessionOptions()
    # Recordings and processes are what is done side by side, not parts of a matrix product.
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def check_shapes(session: Any) -> None:
    """Refuse what cannot take features and give two probabilities.

    Raises
    ------
    ValueError
        Another number of inputs or outputs, or another kind or size of them.
    """
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or not outputs:
        raise ValueError(f"{len(inputs)} inputs and {len(outputs)} outputs")
    for one in (inputs[0], outputs[0]):
        if one.type != "tensor(float)":
            raise ValueError(f"{one.name} is a {one.type}")
    if not outputs[0].shape or outputs[0].shape[-1] not in (N_LABELS, None):
        raise ValueError(f"the shape of its answers is {outputs[0].shape}")


@contextmanager
def told_of(place: Path) -> Iterator[None]:
    """Let faults of a network end as the user's error that names its file."""
    from onnxruntime.capi import onnxruntime_pybind11_state as errors

    faults = (
        *(errors.Fail, errors.InvalidArgument, errors.InvalidGraph, errors.InvalidProtobuf),
        *(errors.NotImplemented, errors.RuntimeException, errors.EPFail, errors.NoModel),
    )
    try:
        yield
    except (*faults, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise ModelError(place, f"is no network that can answer ({reason})") from None


def run(session: Any, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first output for the only input, in batches along the first axis."""
    name = session.get_inputs()[0].name
    batches = range(0, len(inputs), MAX_BATCH)
    return np.concatenate(
        [session.run(None, {name: inputs[i : i + MAX_BATCH]})[0] for i in batches]
    )
