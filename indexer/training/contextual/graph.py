"""Write the ONNX graph of an int8 model directory; the weights stay in `model.safetensors`.

The graph names each weight as external data: a byte range of the safetensors file. The shipped
weights therefore exist once, as the rows that trainings read, and rebuilding the graph costs no
time. Matrices are multiplied as by ONNX Runtime's dynamic quantisation, per channel: activations
become 8 bits at each product, by their own range. Operators of `com.microsoft` run on any
processor.
"""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, save
from onnx.numpy_helper import from_array

from indexer.training.contextual.directory import SCALE, WEIGHTS
from indexer.training.contextual.transformer import WORD_ROWS, Shape
from search.encoders.onnx import OUTPUT
from search.encoders.onnx_directory import GRAPH

_TYPES = {"I8": TensorProto.INT8, "F32": TensorProto.FLOAT}
_MICROSOFT = "com.microsoft"
_OPSET, _IR_VERSION = 17, 8  # read by ONNX Runtime from 1.12 on


def write_graph(folder: Path) -> None:
    """Write `model.onnx` beside the int8 weights in `folder`."""
    save(_Graph(Shape.read(folder), folder / WEIGHTS).model(), folder / GRAPH)


class _Graph:
    """The nodes of the graph, in order; values are named after the outputs of nodes."""

    def __init__(self, shape: Shape, weights: Path) -> None:
        self._shape = shape
        self._nodes: list[NodeProto] = []
        self._initializers = _external_tensors(weights)

    def model(self) -> ModelProto:
        self._constant("axis", np.array([1], dtype=np.int64))
        self._constant("last_axis", np.array([2], dtype=np.int64))
        self._constant("zero", np.array([0], dtype=np.int64))
        # Gelu returns nothing under -.17.
        self._initializers.append(from_array(np.array([0.17], dtype=np.float32), "least_range"))
        mask = self._add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
        states = self._embed()
        for number in range(self._shape.num_hidden_layers):
            states = self._layer(f"encoder.layer.{number}.", states, mask)
        self._pool(states)
        kinds = {"input_ids": TensorProto.INT64, "attention_mask": TensorProto.INT64}
        inputs = [
            helper.make_tensor_value_info(name, kind, ["texts", "tokens"])
            for name, kind in kinds.items()
        ]
        width = self._shape.hidden_size
        output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["texts", width])
        graph = helper.make_graph(self._nodes, "encoder", inputs, [output], self._initializers)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)

    def _embed(self) -> str:
        word = self._gather_rows(WORD_ROWS, "input_ids", "words")
        self._add("Shape", ["input_ids"], "length", start=1, end=2)
        positions = self._rows(
            self._slice("embeddings.position_embeddings.weight", "positions"),
            self._slice(f"embeddings.position_embeddings.weight{SCALE}", "position_scales"),
            "position_rows",
        )
        kind = "embeddings.token_type_embeddings.weight"
        self._constant("one", np.array([1], dtype=np.int64))
        for name in (kind, f"{kind}{SCALE}"):
            self._add("Slice", [name, "zero", "one"], f"{name}.first")
        kinds = self._rows(f"{kind}.first", f"{kind}{SCALE}.first", "kind_rows")
        placed = self._add("Add", [positions, kinds], "placed")
        summed = self._add("Add", [word, placed], "embedded")
        return self._normalise("embeddings.LayerNorm", "LayerNormalization", [summed])

    def _gather_rows(self, name: str, places: str, output: str) -> str:
        rows = self._add("Gather", [name, places], f"{output}.int8")
        scales = self._add("Gather", [f"{name}{SCALE}", places], f"{output}.scales")
        numbers = self._add("Cast", [rows], f"{output}.float", to=TensorProto.FLOAT)
        column = self._add("Unsqueeze", [scales, "last_axis"], f"{output}.column")
        return self._add("Mul", [numbers, column], output)

    def _slice(self, name: str, output: str) -> str:
        return self._add("Slice", [name, "zero", "length"], output)

    def _rows(self, rows: str, scales: str, output: str) -> str:
        numbers = self._add("Cast", [rows], f"{output}.float", to=TensorProto.FLOAT)
        column = self._add("Unsqueeze", [scales, "axis"], f"{output}.column")
        return self._add("Mul", [numbers, column], output)

    def _layer(self, prefix: str, states: str, mask: str) -> str:
        joined = self._linear(
            [f"{prefix}attention.self.{n}" for n in ("query", "key", "value")],
            states,
            f"{prefix}joined",
        )
        parts = [f"{prefix}{name}" for name in ("queries", "keys", "values")]
        self._nodes.append(helper.make_node("Split", [joined], parts, axis=2))
        mixed = self._add(
            "MultiHeadAttention",
            [*parts, "", mask],
            f"{prefix}mixed",
            domain=_MICROSOFT,
            num_heads=self._shape.num_attention_heads,
        )
        name = f"{prefix}attention.output"
        attended = self._linear([f"{name}.dense"], mixed, f"{prefix}attended")
        states = self._normalise(f"{name}.LayerNorm", "SkipLayerNormalization", [states, attended])
        inner = self._linear([f"{prefix}intermediate.dense"], states, f"{prefix}inner")
        inner = self._add("Gelu", [inner], f"{prefix}gelu", domain=_MICROSOFT)
        outer = self._linear_by_row(f"{prefix}output.dense", inner, f"{prefix}outer")
        return self._normalise(
            f"{prefix}output.LayerNorm", "SkipLayerNormalization", [states, outer]
        )

    def _linear_by_row(self, name: str, states: str, output: str) -> str:
        """Multiply as `_linear` does, each token by its own range.

        A few tokens have numbers a hundred times the others' after gelu: with a range for all
        tokens, vectors were within .994 of float32, with a range per token within .998.
        """
        largest = self._add("ReduceMax", [states], f"{output}.max", axes=[2], keepdims=1)
        range_ = self._add("Max", [largest, "least_range"], f"{output}.range")
        even = self._add("Div", [states, range_], f"{output}.even")
        product = self._linear([name], even, f"{output}.product", has_bias=False)
        scaled = self._add("Mul", [product, range_], f"{output}.scaled")
        return self._add("Add", [scaled, f"{name}.bias"], output)

    def _linear(self, names: list[str], states: str, output: str, *, has_bias: bool = True) -> str:
        """Multiply by the matrices of `names` at once, and add their biases.

        Their joins and transpositions are folded into constants when the graph is loaded.
        """
        weights = self._join([f"{name}.weight" for name in names], output)
        scales = self._join([f"{name}.weight{SCALE}" for name in names], f"{output}.scale")
        biases = [self._join([f"{name}.bias" for name in names], f"{output}.bias")]
        turned = self._add("Transpose", [weights], f"{output}.turned", perm=[1, 0])
        inputs = [states, turned, scales, *(["", *biases] if has_bias else [])]
        return self._add("DynamicQuantizeMatMul", inputs, output, domain=_MICROSOFT)

    def _join(self, names: list[str], output: str) -> str:
        if len(names) == 1:
            return names[0]
        return self._add("Concat", names, f"{output}.joined", axis=0)

    def _normalise(self, name: str, operator: str, states: list[str]) -> str:
        inputs = [*states, f"{name}.weight", f"{name}.bias"]
        domain = "" if operator == "LayerNormalization" else _MICROSOFT
        epsilon = self._shape.layer_norm_eps
        return self._add(operator, inputs, f"{name}.states", domain=domain, epsilon=epsilon)

    def _pool(self, states: str) -> None:
        self._add("Cast", ["attention_mask"], "weights", to=TensorProto.FLOAT)
        self._add("Unsqueeze", ["weights", "last_axis"], "weights.column")
        self._add("Mul", [states, "weights.column"], "weighted")
        self._add("ReduceSum", ["weighted", "axis"], "summed", keepdims=0)
        # The sum has the direction of the mean, and only the direction is returned.
        self._add("LpNormalization", ["summed"], OUTPUT, axis=1, p=2)

    def _add(
        self,
        operator: str,
        inputs: list[str],
        output: str,
        **attributes: Any,  # noqa: ANN401  # of the operator, each of its own type
    ) -> str:
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def _constant(self, name: str, value: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> None:
        self._initializers.append(from_array(value, name))


def _external_tensors(weights: Path) -> list[TensorProto]:
    """Return the tensors of a safetensors file as external data of a graph beside it."""
    with weights.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    tensors = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, stop = entry["data_offsets"]
        tensor = TensorProto(
            name=name,
            dims=entry["shape"],
            data_type=_TYPES[entry["dtype"]],
            data_location=TensorProto.EXTERNAL,
        )
        place = {"location": weights.name, "offset": 8 + size + start, "length": stop - start}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        tensors.append(tensor)
    return tensors
