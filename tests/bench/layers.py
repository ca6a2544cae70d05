"""layers - parses the text of a network, as the program prints it, and derives shapes and numbers of parameters.

`bench ... format=json` reports the layers of the measured network; peers.py builds its networks from the same lines. The conventions
are those of mnist/nn/model/layer.h and PyTorch: a convolution has stride 1 and no padding by default, the stride of a pool is its
size, sizes are rounded down, dense flattens its input. Shapes are (channels, rows, columns); a vector is (n, 1, 1).

    read(["conv 6 5x5 pad=2", "relu", "maxpool 2", "dense 10"])  ->  [Layer(kind="conv", out=6, kernel=5, ...), ...]
"""
import dataclasses
import math

INPUT = (1, 28, 28)


@dataclasses.dataclass
class Layer:
    kind: str  # conv maxpool avgpool globalmax globalavg dense batchnorm relu dropout flatten
    before: tuple  # shape of the input
    after: tuple  # shape of the output
    out: int = 0  # conv: channels; dense: units
    kernel: int = 0
    stride: int = 0
    pad: int = 0
    rate: float = 0.0  # dropout
    parameters: int = 0  # trained values

    @property
    def inputs(self):
        """Input values of one image."""
        return math.prod(self.before)


def options(words):
    return dict(word.split("=", 1) for word in words if "=" in word)


def window(words, before, stride, channels):
    """Filter size, stride and padding of a convolution or pool, and the shape of its output."""
    named = options(words)
    kernel = int(words[0].split("x")[0])
    stride = int(named.get("stride", stride or kernel))
    pad = (kernel - 1) // 2 if named.get("pad") == "same" else int(named.get("pad", 0))
    side = [(size + 2 * pad - kernel) // stride + 1 for size in before[1:]]
    return dict(kernel=kernel, stride=stride, pad=pad, after=(channels, *side))


def layer(line, before):
    kind, *words = line.split()
    channels = before[0]
    if kind == "conv":
        out = int(words[0])
        made = Layer("conv", before, out=out, **window(words[1:], before, 1, out))
        made.parameters = (channels * made.kernel**2 + 1) * out
    elif kind in ("maxpool", "avgpool"):
        made = Layer(kind, before, **window(words, before, None, channels))
    elif kind == "globalpool":
        made = Layer("global" + words[0], before, (channels, 1, 1))
    elif kind == "dense":
        out = int(words[0])
        made = Layer("dense", before, (out, 1, 1), out=out)
        made.parameters = (made.inputs + 1) * out
    elif kind == "flatten":
        made = Layer(kind, before, (math.prod(before), 1, 1))
    elif kind == "batchnorm":
        made = Layer(kind, before, before, parameters=2 * channels)
    elif kind == "dropout":
        made = Layer(kind, before, before, rate=float(words[0]))
    elif kind == "relu":
        made = Layer(kind, before, before)
    else:
        raise ValueError(f"this is not a layer: {line}")
    return made


def read(lines, shape=INPUT):
    made = []
    for line in lines:
        made.append(layer(line, shape))
        shape = made[-1].after
    return made


def parameters(network):
    return sum(layer.parameters for layer in network)
