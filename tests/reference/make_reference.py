#!/usr/bin/env python3
"""Saves reference values from PyTorch for the tests of mnist/nn.

    python -m venv VENV; VENV/bin/pip install torch==2.13.0 numpy
    VENV/bin/python tests/reference/make_reference.py

Writes three files to this folder: layers.safetensors (small networks, one step each: loss, gradients,
logits, running statistics), optimizers.safetensors (weights after each of six steps) and
schedules.safetensors (the rate of each step). All values are computed in double precision from float32
inputs, then rounded to float32. tests/unit/mnist/nn reads the files with mnist/nn/model/model_file.h.
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
CASES = {
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

OPTIMIZERS = {
    "sgd": (torch.optim.SGD, dict(lr=0.05), 0),
    "sgd_nesterov": (torch.optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True), 0.01),
    "adam": (torch.optim.Adam, dict(lr=0.01), 0),
    "adam_decay": (torch.optim.Adam, dict(lr=0.01, betas=(0.7, 0.9)), 0.1),
    "adamw": (torch.optim.AdamW, dict(lr=0.01, betas=(0.9, 0.99)), 0.1),
}


class GlobalMax(nn.Module):
    def forward(self, x):
        return x.amax(dim=(2, 3), keepdim=True)


def stride_and_pad(words, kernel):
    """stride= and pad= of a layer's line; stride 0 = not given."""
    options = dict(word.split("=") for word in words if "=" in word)
    pad = options.get("pad", "0")
    pad = (kernel - 1) // 2 if pad == "same" else int(pad)
    return int(options.get("stride", 0)), pad


def build(text, shape):
    """The network of a text in double precision, and the names of its layers in mnist/nn, by index."""
    layers, names, counts = [], {}, {}
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
        elif kind == "relu":
            made = [nn.ReLU()]
        elif kind == "flatten":
            made = [nn.Flatten()]
        counts[kind] = counts.get(kind, 0) + 1
        for layer in made:
            layer.double().eval()
            x = layer(x)
            layers.append(layer)
        if list(made[-1].parameters()):
            names[len(layers) - 1] = f"{kind}{counts[kind]}"
    return nn.Sequential(*layers), names


def tensor_name(names, name):
    """The name in mnist/nn of a tensor of the torch network: "0.weight" -> "conv1.weight"."""
    index, rest = name.split(".", 1)
    return f"{names[int(index)]}.{rest}"


def randomise(model, generator):
    """Sets random values that are exact in float32; running statistics and batch-norm scales are not 0 or 1."""
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.dtype != torch.float64:
                continue
            noise = torch.randn(value.shape, generator=generator)
            if value.dim() > 1:
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
    """The weights of "dense 10" on a 1x3x3 image after each step with given gradients; only the weight decays."""
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


def main():
    tensors, metadata = {}, {"torch": torch.__version__, "cases": " ".join(CASES)}
    for seed, (name, (text, shape, images, smoothing)) in enumerate(CASES.items()):
        tensors |= layer_case(name, text, shape, images, smoothing, seed)
        metadata[f"{name}.network"] = text
        metadata[f"{name}.input"] = "x".join(map(str, shape))
        metadata[f"{name}.images"] = str(images)
        metadata[f"{name}.smoothing"] = str(smoothing)
    write("layers.safetensors", tensors, metadata)
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
