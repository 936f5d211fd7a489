"""Resemblyzer's weights -> ``voicegender/voice_encoder.onnx``, the file this project ships.

Made once; here so that anyone can make it again and compare the bytes::

    pip download --no-deps Resemblyzer==0.1.4 && unzip Resemblyzer-0.1.4-py3-none-any.whl
    pip install torch onnx
    python benchmarks/convert_voice_encoder.py resemblyzer/pretrained.pt

PyTorch reads the file (``weights_only``: nothing in it is run); no other part of the project
needs it.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

N_MELS, N_HIDDEN, N_LAYERS, OPSET = 40, 256, 3, 17
TO = Path(__file__).resolve().parent.parent / "voicegender" / "voice_encoder.onnx"
Weights = dict[str, NDArray[np.float32]]


def read(path: Path) -> Weights:
    """The encoder's arrays, by PyTorch's names for them."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
    return {name: tensor.numpy() for name, tensor in state.items()}


def reordered(gates: NDArray[np.float32]) -> NDArray[np.float32]:
    """PyTorch's rows (input, forget, cell, output) as ONNX has them (i, o, f, c)."""
    i, f, c, o = np.split(gates, 4)
    return np.concatenate([i, o, f, c])


def layer(weights: Weights, i: int) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """One LSTM: sequence ``x<i>`` -> sequence ``x<i + 1>`` and last state ``last<i>``."""
    biases = [reordered(weights[f"lstm.bias_{side}_l{i}"]) for side in ("ih", "hh")]
    arrays = {
        f"W{i}": reordered(weights[f"lstm.weight_ih_l{i}"])[None],
        f"R{i}": reordered(weights[f"lstm.weight_hh_l{i}"])[None],
        f"B{i}": np.concatenate(biases)[None],
    }
    nodes = [
        helper.make_node(
            "LSTM", [f"x{i}", *arrays], [f"y{i}", f"h{i}"], hidden_size=N_HIDDEN, name=f"lstm_{i}"
        ),
        helper.make_node("Squeeze", [f"y{i}", "directions"], [f"x{i + 1}"]),
        helper.make_node("Squeeze", [f"h{i}", "zero"], [f"last{i}"]),
    ]
    return nodes, [numpy_helper.from_array(array, name) for name, array in arrays.items()]


def graph(weights: Weights) -> onnx.ModelProto:
    """Mel power, shape (n, n_frames, 40) -> (n, 512): last state, then the embedding."""
    constants = {
        "directions": np.array([1]),
        "zero": np.array([0]),
        "least": np.array(1e-9, np.float32),
        "linear_w": weights["linear.weight"].T.copy(),
        "linear_b": weights["linear.bias"],
    }
    tensors = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    nodes = [helper.make_node("Transpose", ["mel_power"], ["x0"], perm=[1, 0, 2])]
    for i in range(N_LAYERS):
        made, arrays = layer(weights, i)
        nodes, tensors = nodes + made, tensors + arrays
    last = f"last{N_LAYERS - 1}"
    nodes += [
        helper.make_node("MatMul", [last, "linear_w"], ["projected"]),
        helper.make_node("Add", ["projected", "linear_b"], ["shifted"]),
        helper.make_node("Relu", ["shifted"], ["positive"]),
        helper.make_node("ReduceL2", ["positive"], ["norm"], axes=[1], keepdims=1),
        helper.make_node("Max", ["norm", "least"], ["divisor"]),
        helper.make_node("Div", ["positive", "divisor"], ["embedding"]),
        helper.make_node("Concat", [last, "embedding"], ["voice"], axis=1),
    ]
    read_in = helper.make_tensor_value_info("mel_power", TensorProto.FLOAT, ["n", "t", N_MELS])
    given = helper.make_tensor_value_info("voice", TensorProto.FLOAT, ["n", 2 * N_HIDDEN])
    made = helper.make_graph(nodes, "resemblyzer", [read_in], [given], tensors)
    return helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=9,
        producer_name="voicegender",
        doc_string="Resemblyzer 0.1.4 (Apache-2.0), converted",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("weights", type=Path, help="pretrained.pt of the wheel")
    model = graph(read(parser.parse_args().weights))
    onnx.checker.check_model(model)
    TO.write_bytes(model.SerializeToString(deterministic=True))
    print(TO, TO.stat().st_size)
