"""Compressors: Python's own gzip as `rethinkdb dump` uses it, or a tool that a tar is piped to."""
import gzip
import subprocess
import zlib

TOOLS = {
    "gzip": (["gzip", "-nc"], 6),
    "pigz": (["pigz", "-nc"], 6),
    "igzip": (["igzip", "-nc"], 1),
    "bgzip": (["bgzip", "-c"], None),
    "zstd": (["zstd", "-qc"], 3),
    "xz": (["xz", "-c", "-T0"], 1),
    "bzip2": (["bzip2", "-c"], 9),
    "lz4": (["lz4", "-qc"], 1),
    "lz4-legacy": (["lz4", "-qlc"], 1),
}
BY_EXTENSION = {
    ".tar.gz": "python:9", ".tgz": "python:9", ".tar": "none", ".tar.zst": "zstd",
    ".tar.xz": "xz", ".tar.bz2": "bzip2", ".tar.lz4": "lz4",
}  # fmt: skip
NAMES = sorted([*TOOLS, "python", "members", "none"])


def for_file(path):
    for extension, name in BY_EXTENSION.items():
        if path.endswith(extension):
            return name
    return "none"


def write(path, chunks, how, mtime):
    """Writes chunks to a file; how is NAME or NAME:LEVEL (members: NAME:MEBIBYTES)."""
    name, _, number = how.partition(":")
    with open(path, "wb") as out:
        if name == "none":
            out.writelines(chunks)
        elif name == "python":
            write_python(out, chunks, int(number or 9), mtime)
        elif name == "members":
            out.writelines(members(chunks, int(float(number or 1) * 2**20)))
        else:
            write_tool(out, chunks, name, number)


def write_python(out, chunks, level, mtime):
    with gzip.GzipFile(out.name, "wb", level, out, mtime) as file:
        for chunk in chunks:
            file.write(chunk)


def write_tool(out, chunks, name, number):
    command, level = TOOLS[name]
    if number or level is not None:
        command = [*command, "-%s" % (number or level)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out) as tool:
        tool.stdin.writelines(chunks)
    if tool.returncode != 0:
        raise OSError("%s failed" % name)


# ---- gzip by hand ----


def gzip_header(flags=0, fields=b""):
    return b"\x1f\x8b\x08" + bytes((flags,)) + bytes(4) + b"\x02\xff" + fields


def gzip_trailer(crc, size):
    return crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")


def gzip_stream(chunks, level=6, flags=0, fields=b""):
    """One gzip member, with any header."""
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    crc = size = 0
    yield gzip_header(flags, fields)
    for chunk in chunks:
        crc = zlib.crc32(chunk, crc)
        size += len(chunk)
        yield deflate.compress(chunk)
    yield deflate.flush() + gzip_trailer(crc, size)


def members(chunks, size):
    """Several gzip members, a new one after every size bytes; an empty one at the end."""
    pending = b""
    for chunk in chunks:
        pending += chunk
        while len(pending) >= size:
            yield from gzip_stream((pending[:size],))
            pending = pending[size:]
    yield from gzip_stream((pending,))
    yield from gzip_stream(())


def gzip_zeros(before, size):
    """before, then size zeros, as one gzip member; quick, because zeros are deflated once."""
    piece = bytes(2**20)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    crc = zlib.crc32(before)
    yield gzip_header() + deflate.compress(before) + deflate.flush(zlib.Z_FULL_FLUSH)
    packed = deflate.compress(piece) + deflate.flush(zlib.Z_FULL_FLUSH)
    for _ in range(size // len(piece)):
        crc = zlib.crc32(piece, crc)
        yield packed
    rest = bytes(size % len(piece))
    yield deflate.compress(rest) + deflate.flush()
    yield gzip_trailer(zlib.crc32(rest, crc), len(before) + size)
