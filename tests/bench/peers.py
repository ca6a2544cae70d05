"""peers - PyTorch and ONNX Runtime for bench_training.py, each in a separate process that waits for jobs.

usage: peers.py eager|compile|onnx THREADS DATA      (started by bench_training.py; reads and writes lines of JSON)

The first output line is {"name": "PyTorch 2.13.0"}, or {"skip": "reason"} if the library is missing. Each input line then has one
output line:

    {"job": "train", "network": "keras", "layers": ["conv 32 3x3", ...], "batch": 128, "augment": false, "seconds": 0.5}
    {"figure": 2412.3, "parameters": 34826}                          or {"skip": "reason"}

The figure is images per second, or the median of microseconds for one image (job "single"). The first request for a job and network
builds, compiles and warms up before the measurement; `"seconds": 0` does only that.

Each peer has the settings that make it fastest: normalised float images in memory; channels_last and the fused Adam for PyTorch
(without them 1.7 and 1.02 times slower on `fast`); all graph optimisations and preallocated inputs for ONNX Runtime (without them
1.1 times slower on one image). Freezing the weights did not speed up compiled inference, so it is not used.
"""
import json
import math
import statistics
import sys
import time

import layers

IMAGES = 20480
SINGLES = 256
WARM_UP = 3  # steps, after the first one, which compiles


def measure(step, images, seconds):
    """Images a second of step(i), i = 0, 1, 2..."""
    if seconds <= 0:
        return 0
    begin, steps = time.perf_counter(), 0
    while steps == 0 or time.perf_counter() - begin < seconds:
        step(steps)
        steps += 1
    return steps * images / (time.perf_counter() - begin)


def measure_single(step, seconds):
    """Median microseconds of step(i)."""
    times, end = [0.0] if seconds <= 0 else [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        begin = time.perf_counter()
        step(len(times))
        times.append(1e6 * (time.perf_counter() - begin))
    return statistics.median(times)


def images(folder):
    """[IMAGES, 1, 28, 28] normalised floats and their labels."""
    import numpy
    pixels = numpy.fromfile(f"{folder}/train-images-idx3-ubyte", numpy.uint8, 16 + IMAGES * 784)[16:].reshape(-1, 1, 28, 28)
    labels = numpy.fromfile(f"{folder}/train-labels-idx1-ubyte", numpy.uint8, 8 + IMAGES)[8:].astype(numpy.int64)
    return (pixels.astype(numpy.float32) - 33.318) / 78.567, labels


# ---- PyTorch -----------------------------------------------------------------------------------------------------------


def torch_layer(layer):
    """The modules of one layer."""
    from torch import nn
    vector = layer.before[1:] == (1, 1)
    flatten = [] if vector else [nn.Flatten()]
    return {
        "conv": lambda: [nn.Conv2d(layer.before[0], layer.out, layer.kernel, layer.stride, layer.pad)],
        "maxpool": lambda: [nn.MaxPool2d(layer.kernel, layer.stride, layer.pad)],
        "avgpool": lambda: [nn.AvgPool2d(layer.kernel, layer.stride, layer.pad)],
        "globalmax": lambda: [nn.AdaptiveMaxPool2d(1), nn.Flatten()],
        "globalavg": lambda: [nn.AdaptiveAvgPool2d(1), nn.Flatten()],
        "dense": lambda: [*flatten, nn.Linear(layer.inputs, layer.out)],
        "batchnorm": lambda: [nn.BatchNorm1d(layer.before[0]) if vector else nn.BatchNorm2d(layer.before[0])],
        "relu": lambda: [nn.ReLU()],
        "dropout": lambda: [nn.Dropout(layer.rate)],
        "flatten": lambda: [nn.Flatten()],
    }[layer.kind]()


def torch_network(lines, shape=layers.INPUT):
    import torch
    modules = [module for layer in layers.read(lines, shape) for module in torch_layer(layer)]
    return torch.nn.Sequential(*modules).to(memory_format=torch.channels_last)


def augmented(x):
    """Rotates each image by up to 15 degrees, scales it by up to 15 %, shears it by up to 10 degrees and shifts it by up to 3 pixels."""
    import torch
    functional = torch.nn.functional
    angle, scale, shear, right, down = (2 * torch.rand(5, len(x)) - 1).unbind()
    angle, scale, shear = angle * math.radians(15), 1 / (1 + 0.15 * scale), torch.tan(shear * math.radians(10))
    sin, cos = torch.sin(angle) * scale, torch.cos(angle) * scale
    theta = torch.stack([cos - shear * sin, -sin - shear * cos, right * 3 / 14, sin, cos, down * 3 / 14], 1).view(-1, 2, 3)
    grid = functional.affine_grid(theta, list(x.shape), align_corners=False)
    return functional.grid_sample(x, grid, padding_mode="border", align_corners=False)


class Torch:
    def __init__(self, threads, folder, compiled):
        import torch
        self.torch, self.compiled = torch, compiled
        self.name = f"PyTorch {torch.__version__.split('+')[0]}{', compiled' if compiled else ''}"
        torch.set_num_threads(threads)
        torch.manual_seed(42)
        x, labels = images(folder)
        self.x = torch.from_numpy(x).contiguous(memory_format=torch.channels_last)
        self.labels = torch.from_numpy(labels)

    def compile(self, function):
        return self.torch.compile(function, dynamic=False) if self.compiled else function

    def train(self, lines, batch, augment):
        torch = self.torch
        net, starts = torch_network(lines).train(), range(0, IMAGES - batch + 1, batch)
        optimizer = torch.optim.Adam(net.parameters(), 1e-3, fused=True)
        loss = torch.nn.CrossEntropyLoss()
        loss_of = self.compile(lambda x, labels: loss(net(augmented(x) if augment else x), labels))

        def step(i):
            first = starts[i % len(starts)]
            optimizer.zero_grad()
            loss_of(self.x[first:first + batch], self.labels[first:first + batch]).backward()
            optimizer.step()
        return step, net

    def infer(self, lines, batch):
        net = torch_network(lines).eval()
        answer, slices = self.compile(net), self.x[:SINGLES if batch == 1 else IMAGES].split(batch)

        def step(i):
            with self.torch.inference_mode():
                answer(slices[i % len(slices)])
        return step, net

    def work(self, job, lines, batch, augment):
        step, net = self.train(lines, batch, augment) if job == "train" else self.infer(lines, batch)
        return step, sum(value.numel() for value in net.parameters())


# ---- ONNX Runtime --------------------------------------------------------------------------------------------------------


class Graph:
    """A network's layers as nodes of an ONNX graph, weights drawn at random."""

    def __init__(self, lines):
        import numpy
        self.random = numpy.random.default_rng(42)
        self.nodes, self.values, self.parameters = [], [], 0
        self.last = "x"
        network = layers.read(lines)
        for layer in network:
            self.add(layer)
        self.classes = network[-1].out

    def value(self, shape, size=None, trained=True):
        """A weight tensor: uniform over +-size, or ones and zeros around it (size None = ones)."""
        import numpy
        import onnx
        name = f"w{len(self.values)}"
        array = numpy.ones(shape) if size is None else self.random.uniform(-size, size, shape)
        self.values.append(onnx.numpy_helper.from_array(array.astype(numpy.float32), name))
        self.parameters += array.size if trained else 0
        return name

    def node(self, kind, *weights, **attributes):
        import onnx
        to = f"y{len(self.nodes)}"
        self.nodes.append(onnx.helper.make_node(kind, [self.last, *weights], [to], **attributes))
        self.last = to

    def flatten(self, layer):
        if layer.before[1:] != (1, 1):
            self.node("Flatten")

    def add(self, layer):
        window = dict(kernel_shape=[layer.kernel] * 2, strides=[layer.stride] * 2, pads=[layer.pad] * 4)
        size = math.sqrt(6 / max(1, layer.before[0] * layer.kernel**2 if layer.kind == "conv" else layer.inputs))
        if layer.kind == "conv":
            shape = (layer.out, layer.before[0], layer.kernel, layer.kernel)
            self.node("Conv", self.value(shape, size), self.value((layer.out,), 0.1), **window)
        elif layer.kind == "maxpool":
            self.node("MaxPool", **window)
        elif layer.kind == "avgpool":
            self.node("AveragePool", count_include_pad=1, **window)
        elif layer.kind in ("globalmax", "globalavg"):
            self.node("GlobalMaxPool" if layer.kind == "globalmax" else "GlobalAveragePool")
            self.node("Flatten")
        elif layer.kind == "dense":
            self.flatten(layer)
            self.node("Gemm", self.value((layer.out, layer.inputs), size), self.value((layer.out,), 0.1), transB=1)
        elif layer.kind == "batchnorm":
            shape = (layer.before[0],)
            self.node("BatchNormalization", self.value(shape), self.value(shape, 0.1),
                      self.value(shape, 0.1, trained=False), self.value(shape, trained=False))
        elif layer.kind == "relu":
            self.node("Relu")
        elif layer.kind == "flatten":
            self.flatten(layer)

    def model(self, batch):
        import onnx
        helper, kind = onnx.helper, onnx.TensorProto.FLOAT
        graph = helper.make_graph(self.nodes, "network", [helper.make_tensor_value_info("x", kind, [batch, *layers.INPUT])],
                                  [helper.make_tensor_value_info(self.last, kind, [batch, self.classes])], self.values)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


class Onnx:
    def __init__(self, threads, folder):
        import onnx  # noqa: F401 - both must be installed
        import onnxruntime
        self.runtime, self.threads = onnxruntime, threads
        self.name = f"ONNX Runtime {onnxruntime.__version__}"
        self.x, _ = images(folder)

    def work(self, job, lines, batch, augment):
        if job == "train":
            raise NotImplementedError("it does not train")
        graph, options = Graph(lines), self.runtime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
        options.graph_optimization_level = self.runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
        session = self.runtime.InferenceSession(graph.model(batch).SerializeToString(), options,
                                                providers=["CPUExecutionProvider"])
        bindings = []
        for first in range(0, (SINGLES if batch == 1 else IMAGES) - batch + 1, batch):
            bindings.append(session.io_binding())
            bindings[-1].bind_cpu_input("x", self.x[first:first + batch])
            bindings[-1].bind_output(graph.last)
        return lambda i: session.run_with_iobinding(bindings[i % len(bindings)]), graph.parameters


# ---- the process ---------------------------------------------------------------------------------------------------------


def main(who, threads, folder):
    def say(**words):
        print(json.dumps(words), file=answers, flush=True)

    answers, sys.stdout = sys.stdout, sys.stderr  # output of libraries does not mix with the answers
    try:
        peer = Onnx(int(threads), folder) if who == "onnx" else Torch(int(threads), folder, who == "compile")
    except ImportError as error:
        return say(skip=f"{error.name or error} is not installed")
    say(name=peer.name)
    works = {}
    for line in sys.stdin:
        wanted = json.loads(line)
        job, key = wanted["job"], (wanted["job"], wanted["network"])
        try:
            if key not in works:
                works[key] = peer.work(job, wanted["layers"], wanted["batch"], wanted["augment"])
                for i in range(1 + WARM_UP):
                    works[key][0](i)
            step, parameters = works[key]
            figure = measure_single(step, wanted["seconds"]) if job == "single" else measure(step, wanted["batch"], wanted["seconds"])
            say(figure=figure, parameters=parameters)
        except Exception as error:  # a peer reports an unsupported job and continues with the others
            say(skip=f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}")


if __name__ == "__main__":
    main(*sys.argv[1:])
