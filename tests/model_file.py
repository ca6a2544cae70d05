"""model_file - reads and writes model files in Python: safetensors with the SHA-256 of their
content, as defined in mnist/nn/model/model_file_digest.h.
"""
import hashlib
import json
import struct


def read(path):
    """(header, data): the JSON object and the bytes of the tensors."""
    whole = path.read_bytes()
    size = struct.unpack("<Q", whole[:8])[0]
    return json.loads(whole[8:8 + size]), whole[8 + size:]


def write(path, header, data):
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def digest(header, data):
    sha = hashlib.sha256()
    for key, value in sorted(header["__metadata__"].items()):
        if key != "sha256":
            sha.update(f"{key}\0{value}\0".encode())
    for name, tensor in sorted((name, tensor) for name, tensor in header.items() if name != "__metadata__"):
        begin, end = tensor["data_offsets"]
        shape = ",".join(map(str, tensor["shape"]))
        sha.update(f"{name}\0F32\0{shape}\0".encode() + data[begin:end])
    return sha.hexdigest()


def rewrite(source, target, metadata, sealed=True):
    """target is like source but for some metadata, where None removes a key. Not sealed: its digest is removed too."""
    header, data = read(source)
    for key, value in metadata.items():
        header["__metadata__"].pop(key, None)
        if value is not None:
            header["__metadata__"][key] = value
    header["__metadata__"].pop("sha256", None)
    if sealed:
        header["__metadata__"]["sha256"] = digest(header, data)
    write(target, header, data)
