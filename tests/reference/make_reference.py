#!/usr/bin/env python3
"""Saves reference values from PyTorch for the tests of mnist/nn.

    python -m venv VENV; VENV/bin/pip install torch==2.13.0 numpy
    VENV/bin/python tests/reference/make_reference.py

Writes to this folder: layers.safetensors, activations.safetensors, norms.safetensors and
residuals.safetensors (small networks, one step each: loss, gradients, logits, running statistics),
optimizers.safetensors (weights after each of six steps) and schedules.safetensors (the rate of each
step). All values are computed in double precision from float32 inputs, then rounded to float32.
tests/unit/mnist/nn reads the files with mnist/nn/model/model_file.h.

A gradient that is 0, such as that of a bias before a batch-norm, is a rounding error of about
1e-17, which depends on the processor. The other values are the same on every processor.
"""
import json
import math
import pathlib
import struct

import numpy
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent

# name: (network, input shape, images, label smoothing)
LAYERS = {
    "conv": ("conv 5 3x3; dense 10", (1, 8, 9), 3, 0),
    "conv_same": ("conv 4 5x5 pad=same; relu; dense 10", (3, 7, 6), 4, 0),
    "conv_stride": ("conv 3 3x3 pad=1; conv 4 5x5 stride=2 pad=2; dense 10", (2, 9, 11), 3, 0),
    "conv_stride_wide": ("conv 3 3x3; conv 4 1x1 stride=3; dense 10", (1, 10, 9), 3, 0),
    "conv_1x1": ("conv 6 1x1; relu; conv 3 1x1; dense 10", (3, 5, 7), 5, 0),
    "conv_17": ("conv 17 3x3 pad=1; relu; conv 5 3x3; dense 10", (17, 6, 7), 2, 0),
    "conv_pool": ("conv 3 3x3; conv 4 3x3; relu; maxpool 2; dense 10", (1, 13, 12), 33, 0),
    "maxpool": ("conv 3 3x3; maxpool 2; conv 4 3x3 pad=1; relu; dense 10", (1, 11, 12), 6, 0),
    "maxpool_overlap": ("conv 3 3x3; maxpool 3 stride=2 pad=1; dense 10", (1, 10, 11), 6, 0),
    "avgpool": ("conv 3 3x3; relu; avgpool 2; dense 10", (1, 11, 10), 6, 0),
    "avgpool_overlap": ("conv 3 3x3; avgpool 3 stride=2 pad=1; dense 10", (1, 10, 11), 6, 0),
    "globalmax": ("conv 6 3x3; relu; globalpool max; dense 10", (1, 9, 8), 7, 0),
    "globalavg": ("conv 6 3x3; relu; globalpool avg; dense 10", (1, 9, 8), 7, 0),
    "batchnorm": ("conv 4 3x3; batchnorm; relu; maxpool 2; conv 5 3x3; batchnorm; dense 10",
                  (1, 12, 11), 37, 0),
    "batchnorm_vector": ("dense 12; batchnorm; relu; dense 10", (1, 4, 5), 70, 0),
    "batchnorm_first": ("batchnorm; conv 3 3x3; dense 10", (2, 6, 6), 5, 0),
    "dense": ("flatten; dense 16; relu; dense 12; relu; dense 10", (2, 5, 4), 40, 0),
    "dense_1": ("dense 10", (17, 3, 3), 1, 0),
    "smoothing": ("dense 10", (1, 5, 5), 127, 0.1),
}

# As the first layer, after a convolution (with and without relu) and after a batch-norm.
ACTIVATIONS = {
    "gelu": ("conv 5 3x3; gelu; maxpool 2; dense 10", (1, 9, 8), 4, 0),
    "gelu_first": ("gelu; conv 18 3x3; gelu; conv 3 3x3; dense 10", (3, 7, 6), 3, 0),
    "silu": ("silu; conv 6 3x3; silu; dense 18; silu; dense 10", (2, 5, 5), 5, 0),
    "silu_batchnorm": ("conv 18 3x3; batchnorm; silu; relu; conv 3 3x3; dense 10", (1, 7, 8), 7, 0),
    "sigmoid": ("sigmoid; conv 6 3x3; relu; sigmoid; dense 19; sigmoid; dense 10", (1, 5, 6), 5, 0),
    "sigmoid_sums": ("sigmoid; conv 19 1x1; sigmoid; layernorm; sigmoid; groupnorm 1; sigmoid; "
                     "batchnorm; sigmoid; globalpool avg; sigmoid; dense 10", (17, 3, 4), 5, 0),
    "sigmoid_vector": ("dense 18; sigmoid; layernorm; sigmoid; dense 21; sigmoid; groupnorm 3; "
                       "dense 10", (2, 3, 3), 9, 0),
    "tanh": ("tanh; conv 17 3x3; relu; tanh; conv 3 3x3; tanh; dense 10", (2, 7, 6), 3, 0),
    "tanh_batchnorm": ("conv 6 3x3; batchnorm; tanh; maxpool 2; tanh; dense 10", (1, 8, 9), 6, 0),
    "leakyrelu": ("leakyrelu; conv 6 3x3; leakyrelu 0.2; dense 10", (2, 6, 7), 4, 0),
    "leakyrelu_batchnorm": ("conv 17 3x3; batchnorm; leakyrelu 0.5; maxpool 2; dense 10",
                            (1, 6, 7), 4, 0),
    "elu": ("elu; conv 18 3x3; elu 0.5; conv 4 3x3; elu 2; dense 10", (1, 6, 7), 4, 0),
    "elu_batchnorm": ("conv 6 3x3; batchnorm; elu; conv 3 3x3; relu; elu; dense 10",
                      (1, 8, 7), 5, 0),
}

# Norms of one image: of all its values, and of groups of channels. Groups cross blocks of 16.
NORMS = {
    "layernorm": ("conv 5 3x3; layernorm; relu; maxpool 2; dense 10", (1, 9, 8), 5, 0),
    "layernorm_first": ("layernorm; conv 6 3x3; relu; layernorm; dense 10", (2, 6, 5), 4, 0),
    "layernorm_17": ("conv 17 3x3; layernorm; relu; layernorm; conv 3 3x3; dense 10",
                     (1, 6, 7), 4, 0),
    "layernorm_dense": ("dense 20; layernorm; relu; dense 12; relu; layernorm; dense 10",
                        (1, 4, 5), 40, 0),
    "layernorm_pool": ("conv 4 3x3; layernorm; maxpool 2; layernorm; avgpool 2; dense 10",
                       (1, 13, 13), 3, 0),
    "groupnorm": ("conv 24 3x3; groupnorm 3; relu; conv 20 1x1; relu; groupnorm 2; dense 10",
                  (1, 6, 5), 3, 0),
    "groupnorm_first": ("groupnorm 3; conv 6 3x3; groupnorm 6; maxpool 2; dense 10",
                        (3, 9, 9), 4, 0),
    "groupnorm_wide": ("conv 34 3x3; groupnorm 2; relu; conv 48 1x1; groupnorm 16; silu; "
                       "conv 40 1x1; groupnorm 5; globalpool avg; groupnorm 2; dense 10",
                       (1, 6, 5), 3, 0),
    "groupnorm_dense": ("dense 20; groupnorm 4; relu; dense 36; groupnorm 2; relu; dense 10",
                        (1, 4, 5), 20, 0),
}

RESIDUALS = {
    "add": ("conv 6 3x3 pad=same; relu; conv 6 3x3 pad=same; add relu1; relu; dense 10",
            (1, 5, 6), 3, 0),
    "add_shared": ("conv 17 3x3; relu; conv 17 3x3 pad=1; add relu1; conv 17 1x1; add relu1; relu; "
                   "add relu1; add relu1; dense 10", (1, 5, 6), 3, 0),
    "add_batchnorm": ("conv 5 3x3; batchnorm; relu; conv 5 3x3 pad=1; batchnorm; add relu1; relu; "
                      "conv 5 1x1; add batchnorm1; batchnorm; add batchnorm2; globalpool avg; "
                      "dense 10", (1, 8, 7), 7, 0),
    "add_before_relu": ("conv 5 3x3; relu; add conv1; batchnorm; relu; add batchnorm1; dense 10",
                        (1, 7, 8), 4, 0),
    "add_near": ("conv 5 3x3; add conv1; tanh; sigmoid; add tanh1; relu; silu; add relu1; "
                 "add add3; dense 10", (1, 7, 6), 4, 0),
    "add_untrained": ("relu; conv 3 3x3 pad=1; add relu1; relu; conv 3 1x1; add relu1; dense 10",
                      (3, 5, 6), 4, 0),
    "add_untrained_pool": ("avgpool 2; tanh; conv 18 3x3 pad=same; add tanh1; add avgpool1; "
                           "dense 10", (18, 6, 5), 2, 0),
    "add_chain": ("conv 4 3x3; relu; conv 4 3x3 pad=1; add relu1; conv 4 3x3 pad=1; add add1; "
                  "relu; conv 4 1x1; add relu2; add add2; maxpool 2; dense 10", (1, 9, 9), 4, 0),
    "add_dense": ("dense 18; relu; dense 18; add relu1; relu; dense 18; add dense1; dense 10",
                  (2, 4, 5), 20, 0),
    "add_flatten": ("flatten; dense 36; add flatten1; relu; dense 36; add flatten1; dense 10",
                    (3, 3, 4), 5, 0),
    "add_prenorm": ("conv 18 3x3; layernorm; gelu; conv 18 3x3 pad=1; add conv1; groupnorm 3; "
                    "silu; conv 18 1x1; add add1; globalpool avg; dense 10", (1, 5, 5), 3, 0),
    # The pools do not read the last row and column, but the residual connections do.
    "add_pool": ("conv 4 3x3; maxpool 2; conv 4 1x1 pad=3; add conv1; relu; avgpool 2; "
                 "conv 4 1x1 pad=3; add relu1; add conv1; conv 2 3x3; dense 10", (1, 13, 13), 3, 0),
    "add_pooled": ("conv 5 3x3; relu; maxpool 2; conv 5 3x3 pad=1; add maxpool1; relu; "
                   "globalpool max; dense 5; add globalpool1; dense 10", (1, 10, 9), 4, 0),
}

# Each is a file. The seeds of a file's cases start at 100 times the number of the file.
CASES = {"layers": LAYERS, "activations": ACTIVATIONS, "norms": NORMS, "residuals": RESIDUALS}

OPTIMIZERS = {
    "sgd": (torch.optim.SGD, dict(lr=0.05), 0),
    "sgd_nesterov": (torch.optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True), 0.01),
    "adam": (torch.optim.Adam, dict(lr=0.01), 0),
    "adam_decay": (torch.optim.Adam, dict(lr=0.01, betas=(0.7, 0.9)), 0.1),
    "adamw": (torch.optim.AdamW, dict(lr=0.01, betas=(0.9, 0.99)), 0.1),
}


ACTIVATION_TYPES = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "sigmoid": nn.Sigmoid,
                    "tanh": nn.Tanh, "leakyrelu": nn.LeakyReLU, "elu": nn.ELU}


class GlobalMax(nn.Module):
    def forward(self, x):
        return x.amax(dim=(2, 3), keepdim=True)


class Add(nn.Module):
    """A residual connection. source: index of the module whose output is added."""
    def __init__(self, source):
        super().__init__()
        self.source = source

    def forward(self, x, added):
        return x + added.reshape(x.shape)


class Network(nn.Sequential):
    def forward(self, x):
        outputs = []
        for layer in self:
            x = layer(x, outputs[layer.source]) if isinstance(layer, Add) else layer(x)
            outputs.append(x)
        return x


def stride_and_pad(words, kernel):
    """stride= and pad= of a layer's line; stride 0 = not given."""
    options = dict(word.split("=") for word in words if "=" in word)
    pad = options.get("pad", "0")
    pad = (kernel - 1) // 2 if pad == "same" else int(pad)
    return int(options.get("stride", 0)), pad


def build(text, shape):
    """The network of a text in double precision, and its layers' names in mnist/nn, by index."""
    layers, names, counts, last = [], {}, {}, {}  # last: name -> index of the layer's last module
    x = torch.zeros(1, *shape, dtype=torch.float64)
    for line in text.split(";"):
        kind, *words = line.split()
        made = []
        if kind == "conv":
            kernel = int(words[1].split("x")[0])
            stride, pad = stride_and_pad(words, kernel)
            made = [nn.Conv2d(x.shape[1], int(words[0]), kernel, stride=stride or 1, padding=pad)]
        elif kind in ("maxpool", "avgpool"):
            kernel = int(words[0])
            stride, pad = stride_and_pad(words, kernel)
            pool = nn.MaxPool2d if kind == "maxpool" else nn.AvgPool2d
            made = [pool(kernel, stride=stride or kernel, padding=pad)]
        elif kind == "globalpool":
            made = [GlobalMax() if words[0] == "max" else nn.AdaptiveAvgPool2d(1)]
        elif kind == "dense":
            made = [nn.Flatten()] if x.dim() > 2 else []
            made += [nn.Linear(x[0].numel(), int(words[0]))]
        elif kind == "batchnorm":
            made = [nn.BatchNorm2d(x.shape[1]) if x.dim() > 2 else nn.BatchNorm1d(x.shape[1])]
        elif kind == "layernorm":
            made = [nn.LayerNorm(x.shape[1:])]
        elif kind == "groupnorm":
            made = [nn.GroupNorm(int(words[0]), x.shape[1])]
        elif kind in ACTIVATION_TYPES:
            made = [ACTIVATION_TYPES[kind](*map(float, words))]
        elif kind == "add":
            made = [Add(last[words[0]])]
        elif kind == "flatten":
            made = [nn.Flatten()]
        counts[kind] = counts.get(kind, 0) + 1
        layers += [layer.double().eval() for layer in made]
        last[f"{kind}{counts[kind]}"] = len(layers) - 1
        if list(made[-1].parameters()):
            names[len(layers) - 1] = f"{kind}{counts[kind]}"
        x = Network(*layers)(torch.zeros(1, *shape, dtype=torch.float64))
    return Network(*layers), names


def tensor_name(names, name):
    """The name in mnist/nn of a tensor of the torch network: "0.weight" -> "conv1.weight"."""
    index, rest = name.split(".", 1)
    return f"{names[int(index)]}.{rest}"


def randomise(model, generator):
    """Sets random values, exact in float32; running statistics and scales are not 0 or 1."""
    norms = [f"{index}." for index, layer in enumerate(model) if isinstance(layer, nn.LayerNorm)]
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.dtype != torch.float64:
                continue
            noise = torch.randn(value.shape, generator=generator)
            if value.dim() > 1 and not name.startswith(tuple(norms)):
                noise *= math.sqrt(2 / value[0].numel())
            elif "running_var" in name:
                noise = noise.abs() + 0.5
            else:
                noise = 0.3 * noise + (1.0 if "weight" in name else 0.0)
            value.copy_(noise.float().double())


def layer_case(name, text, shape, images, smoothing, seed):
    generator = torch.Generator().manual_seed(seed)
    model, names = build(text, shape)
    randomise(model, generator)
    x = torch.randn((images, *shape), generator=generator)
    labels = torch.randint(0, 10, (images,), generator=generator)
    out = {"x": x, "labels": labels.float()}
    for key, value in model.state_dict().items():
        if value.dtype == torch.float64:
            out[f"value.{tensor_name(names, key)}"] = value.clone()
    out["logits"] = model.eval()(x.double()).detach()
    model.train()
    loss = nn.functional.cross_entropy(model(x.double()), labels, label_smoothing=smoothing)
    loss.backward()
    out["loss"] = loss.detach().reshape(1)
    for key, value in model.named_parameters():
        out[f"gradient.{tensor_name(names, key)}"] = value.grad
    for key, value in model.named_buffers():
        if "running" in key:
            out[f"after.{tensor_name(names, key)}"] = value
    return {f"{name}.{key}": value for key, value in out.items()}


def optimizer_case(name, kind, options, decay, steps=6):
    """The weights of "dense 10" on a 1x3x3 image after each step with given gradients; only the
    weight decays."""
    generator = torch.Generator().manual_seed(7)
    weight = torch.randn(10, 9, generator=generator)
    bias = torch.randn(10, generator=generator)
    gradients = torch.randn(steps, 100, generator=generator)
    out = {"start": torch.cat([weight.flatten(), bias]), "gradients": gradients}
    weight = nn.Parameter(weight.double())
    bias = nn.Parameter(bias.double())
    groups = [dict(params=[weight], weight_decay=decay), dict(params=[bias], weight_decay=0)]
    optimizer = kind(groups, **options)
    trace = []
    for step in range(steps):
        weight.grad = gradients[step, :90].double().reshape(10, 9)
        bias.grad = gradients[step, 90:].double()
        optimizer.step()
        trace.append(torch.cat([weight.detach().flatten(), bias.detach()]))
    out["trace"] = torch.stack(trace)
    return {f"{name}.{key}": value for key, value in out.items()}


def schedule_case(make, steps):
    parameter = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([parameter], lr=0.02)
    schedule = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step() if len(rates) < steps else None
    return torch.tensor(rates)


def write(name, tensors, metadata):
    header, data = {"__metadata__": {"format": "mnist", **metadata}}, b""
    for key, value in tensors.items():
        array = numpy.ascontiguousarray(value.numpy().astype("<f4"))
        header[key] = {"dtype": "F32", "shape": list(array.shape),
                       "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (HERE / name).write_bytes(struct.pack("<Q", len(text)) + text + data)
    print(f"{name}: {8 + len(text) + len(data)} bytes")


def write_cases(file, cases, first_seed):
    tensors, metadata = {}, {"torch": torch.__version__, "cases": " ".join(cases)}
    for seed, (name, (text, shape, images, smoothing)) in enumerate(cases.items(), first_seed):
        tensors |= layer_case(name, text, shape, images, smoothing, seed)
        metadata[f"{name}.network"] = text
        metadata[f"{name}.input"] = "x".join(map(str, shape))
        metadata[f"{name}.images"] = str(images)
        metadata[f"{name}.smoothing"] = str(smoothing)
    write(f"{file}.safetensors", tensors, metadata)


def main():
    for number, (file, cases) in enumerate(CASES.items()):
        write_cases(file, cases, 100 * number)
    tensors = {}
    for name, (kind, options, decay) in OPTIMIZERS.items():
        tensors |= optimizer_case(name, kind, options, decay)
    write("optimizers.safetensors", tensors, {"torch": torch.__version__})
    lr = torch.optim.lr_scheduler
    write("schedules.safetensors", {
        "onecycle": schedule_case(lambda o: lr.OneCycleLR(o, 0.02, total_steps=100), 100),
        "onecycle_odd": schedule_case(lambda o: lr.OneCycleLR(o, 0.02, total_steps=37), 37),
        "cosine": schedule_case(lambda o: lr.CosineAnnealingLR(o, 60), 60),
        "step": schedule_case(lambda o: lr.StepLR(o, 7, 0.5), 30),
    }, {"torch": torch.__version__})


main()
