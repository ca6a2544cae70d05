"""torch_recipe - trains by a recipe of models/ in PyTorch, for bench_recipes.py.

usage: torch_recipe.py JSON      prints one line of JSON: {"seconds": 3.1, "accuracy": 99.1}

Fused Adam with OneCycleLR; label smoothing; channels_last; the last batch of an epoch may be smaller. The time is measured after the
imports, from the data on disk to the accuracy.
"""
import json
import sys
import time

import numpy
import torch

from peers import torch_network


def read(folder, part, crop):
    pixels = numpy.fromfile(f"{folder}/{part}-images-idx3-ubyte", numpy.uint8)[16:].reshape(-1, 1, 28, 28)
    labels = numpy.fromfile(f"{folder}/{part}-labels-idx1-ubyte", numpy.uint8)[8:].astype(numpy.int64)
    edge = (28 - crop) // 2 if crop else 0
    return numpy.ascontiguousarray(pixels[:, :, edge:28 - edge, edge:28 - edge]), torch.from_numpy(labels)


def train(net, x, labels, recipe):
    count, batch = len(x), recipe["batch"]
    steps = recipe["epochs"] * ((count + batch - 1) // batch)
    optimizer = torch.optim.Adam(net.parameters(), recipe["rate"], betas=(recipe["momentum"], 0.999), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe["rate"], total_steps=steps, cycle_momentum=False)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=recipe["smoothing"])
    net.train()
    for _ in range(recipe["epochs"]):
        for chosen in torch.randperm(count).split(batch):
            optimizer.zero_grad()
            loss(net(x[chosen]), labels[chosen]).backward()
            optimizer.step()
            schedule.step()


def main():
    recipe = json.loads(sys.argv[1])
    torch.set_num_threads(recipe["threads"])
    torch.manual_seed(recipe["seed"])
    begin = time.perf_counter()
    pixels, labels = read(recipe["data"], "train", recipe["crop"])
    tests, truth = read(recipe["data"], "t10k", recipe["crop"])
    mean, sd = pixels.mean(), pixels.std()
    x, tests = [torch.from_numpy((part.astype(numpy.float32) - numpy.float32(mean)) / numpy.float32(sd))
                .contiguous(memory_format=torch.channels_last) for part in (pixels, tests)]
    net = torch_network(recipe["layers"], pixels.shape[1:])
    train(net, x, labels, recipe)
    net.eval()
    with torch.inference_mode():
        right = sum((net(part).argmax(1) == answers).sum().item() for part, answers in zip(tests.split(1000), truth.split(1000)))
    print(json.dumps({"seconds": time.perf_counter() - begin, "accuracy": 100 * right / len(truth)}))


if __name__ == "__main__":
    main()
