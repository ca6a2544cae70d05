"""Writes a locale with decimal commas, so that tests do not depend on the locales of the system."""
import struct

NAME = "xx_COMMA"
MAGIC = 0x20031115 ^ 1  # of the GNU C library's file for LC_NUMERIC
FIELDS = [b",\0", b"\0", b"\0", struct.pack("=I", ord(",")), struct.pack("=I", 0), b"UTF-8\0"]


def write(folder):
    """Writes the locale into folder, to be used as LOCPATH."""
    (folder / NAME).mkdir(parents=True)
    body, offsets = b"", []
    for field in FIELDS:
        body += b"\0" * (-len(body) % 4)
        offsets.append(8 + 4 * len(FIELDS) + len(body))
        body += field
    (folder / NAME / "LC_NUMERIC").write_bytes(struct.pack(f"={2 + len(FIELDS)}I", MAGIC, len(FIELDS), *offsets) + body)
    return folder
