"""mnist_data - the project's data set in the home of a test, or its first images as a data set of their own."""
import pathlib

RAW = pathlib.Path(__file__).resolve().parents[1] / "data/raw"


def link(home):
    """Makes the project's data set that of this home, a folder. Returns the home."""
    (home / "data").mkdir(parents=True)
    (home / "data/raw").symlink_to(RAW)
    return home


def write_first(folder, train, test):
    """Writes the first training and test images, with their labels, into the folder: data for quick training."""
    for part, count in (("train", train), ("t10k", test)):
        for kind, header, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
            content = bytearray((RAW / f"{part}-{kind}-ubyte").read_bytes()[:header + count * size])
            content[4:8] = count.to_bytes(4, "big")
            (folder / f"{part}-{kind}-ubyte").write_bytes(content)
