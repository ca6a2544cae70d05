#!/usr/bin/env python3
"""draw - draws the kernel's logos: a handwritten 3 in 14 x 14 pixels on a rounded square.

usage: python3 kernel/logos/draw.py

It writes logo-32x32.png, logo-64x64.png and logo-svg.svg into its own folder. The stroke consists
of four cubic curves; the brightness of a pixel decreases with the distance of its centre from the
stroke. A pixel of the digit is 4 of 64 units wide, so that its edges fall on pixels of both PNG
sizes. The PNG files are antialiased with 8 x 8 samples per pixel. Only Python's standard library is
used.
"""
import math
import pathlib
import struct
import zlib

CELLS, SIZE, MARGIN, CELL, CORNER, SAMPLES = 14, 64, 4, 4, 13, 8
GROUND, DIM = (22, 27, 51), (33, 40, 72)
RAMP = [(0.0, DIM), (0.35, (58, 82, 160)), (0.7, (64, 178, 196)), (1.0, (253, 231, 122))]
STROKE = [
    ((3.5, 3.3), (5.6, 1.2), (10.6, 1.4), (10.0, 4.4)),
    ((10.0, 4.4), (9.7, 6.1), (8.2, 6.7), (6.2, 6.9)),
    ((6.2, 6.9), (9.0, 6.8), (11.2, 8.0), (10.6, 10.0)),
    ((10.6, 10.0), (9.8, 12.9), (5.2, 12.9), (3.2, 10.8)),
]
CORE, EDGE = 0.55, 1.45  # distances in cells: full brightness below CORE, zero above EDGE


def points():
    for a, b, c, d in STROKE:
        for step in range(65):
            t = step / 64
            u = 1 - t
            yield tuple(u**3 * a[i] + 3 * u * u * t * b[i] + 3 * u * t * t * c[i] + t**3 * d[i]
                        for i in (0, 1))


def brightness():
    near = list(points())
    grid = []
    for row in range(CELLS):
        line = []
        for column in range(CELLS):
            distance = min(math.dist((column + 0.5, row + 0.5), point) for point in near)
            line.append(min(1.0, max(0.0, (EDGE - distance) / (EDGE - CORE))))
        grid.append(line)
    return grid


def colour(value):
    for (low, a), (high, b) in zip(RAMP, RAMP[1:]):
        if value <= high:
            share = (value - low) / (high - low)
            return tuple(round(x + share * (y - x)) for x, y in zip(a, b))
    return RAMP[-1][1]


def inside(x, y):
    dx = max(CORNER - x, x - (SIZE - CORNER), 0)
    dy = max(CORNER - y, y - (SIZE - CORNER), 0)
    return dx * dx + dy * dy <= CORNER * CORNER


def png(grid, size):
    scale = SIZE / size
    rows = bytearray()
    for py in range(size):
        rows.append(0)
        for px in range(size):
            total, hits = [0, 0, 0], 0
            for sy in range(SAMPLES):
                for sx in range(SAMPLES):
                    x, y = (px + (sx + 0.5) / SAMPLES) * scale, (py + (sy + 0.5) / SAMPLES) * scale
                    if not inside(x, y):
                        continue
                    hits += 1
                    for i, part in enumerate(pixel(grid, x, y)):
                        total[i] += part
            rows += bytes(round(part / hits) if hits else 0 for part in total)
            rows.append(round(255 * hits / SAMPLES**2))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts)


def pixel(grid, x, y):
    column, row = math.floor((x - MARGIN) / CELL), math.floor((y - MARGIN) / CELL)
    if not (0 <= column < CELLS and 0 <= row < CELLS) or grid[row][column] == 0:
        return GROUND
    return colour(grid[row][column])


def svg(grid):
    squares = "".join(
        f'  <rect x="{MARGIN + CELL * column}" y="{MARGIN + CELL * row}" '
        f'width="{CELL}" height="{CELL}" fill="#{"%02x%02x%02x" % colour(value)}"/>\n'
        for row, line in enumerate(grid) for column, value in enumerate(line) if value > 0)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" '
            f'shape-rendering="crispEdges">\n'
            f'  <title>MNIST (C)</title>\n'
            f'  <rect width="{SIZE}" height="{SIZE}" rx="{CORNER}" '
            f'fill="#{"%02x%02x%02x" % GROUND}" shape-rendering="auto"/>\n{squares}</svg>\n')


def main():
    place, grid = pathlib.Path(__file__).resolve().parent, brightness()
    (place / "logo-svg.svg").write_text(svg(grid))
    for size in (32, 64):
        (place / f"logo-{size}x{size}.png").write_bytes(png(grid, size))


if __name__ == "__main__":
    main()
