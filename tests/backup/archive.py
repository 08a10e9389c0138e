"""Tar archives, header by header, so that wrong ones can be written too."""
import itertools
import tarfile

BLOCK = 512
END = bytes(2 * BLOCK)
RECORD = 20 * BLOCK  # tarfile and tar fill the last record up


class Member:
    """A file of a backup: DATABASE/FILE, its bytes as chunks and their number."""

    def __init__(self, database, file, size, chunks):
        self.database = database
        self.file = file
        self.size = size
        self.chunks = chunks  # a function without arguments

    @property
    def path(self):
        return "%s/%s" % (self.database, self.file)

    def read(self):
        return b"".join(self.chunks())


def member(database, file, data):
    return Member(database, file, len(data), lambda: (data,))


def members_of(tables, order):
    """The files of tables, in one of the orders that os.walk() may give."""
    result = []
    by_database = itertools.groupby(sorted(tables, key=lambda t: t.database), lambda t: t.database)
    for _, group in by_database:
        pairs = [(info_member(table), json_member(table)) for table in group]
        if order in ("json-first", "json-info"):
            pairs = [(json, info) for info, json in pairs]
        if order in ("json-first", "info-first"):
            pairs = [[pair[0] for pair in pairs], [pair[1] for pair in pairs]]
        result.extend(itertools.chain(*pairs))
    return result


ORDERS = ("json-first", "info-first", "json-info", "info-json")


def json_member(table):
    return Member(table.database, table.name + ".json", table.size, table.chunks)


def info_member(table):
    return member(table.database, table.name + ".info", table.info().encode("ascii"))


# ---- headers ----


def header(name, size=0, kind=tarfile.REGTYPE, mtime=0, link="", pax=None,
           form=tarfile.PAX_FORMAT, mode=0o644):  # fmt: skip
    """One member's header, with what goes before it; the default is what Python writes."""
    info = tarfile.TarInfo()
    info.name = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name
    info.size = size
    info.type = kind
    info.mtime = mtime if form == tarfile.PAX_FORMAT else int(mtime)
    info.mode = mode
    info.linkname = link
    info.pax_headers = pax or {}
    info.uname = info.gname = "root"
    return info.tobuf(form, "utf-8", "surrogateescape")


def padding(size):
    return bytes(-size % BLOCK)


def checksummed(block):
    """A header block whose checksum is made right again after a change."""
    block = block[:148] + b" " * 8 + block[156:]
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def patched(headers, offset, data):
    """Overwrites bytes of the last header block, checksum made right again."""
    first, last = headers[:-BLOCK], headers[-BLOCK:]
    return first + checksummed(last[:offset] + data + last[offset + len(data) :])


def file_chunks(name, data, **options):
    yield header(name, len(data), **options)
    yield data + padding(len(data))


def member_chunks(name, member, **options):
    yield header(name, member.size, **options)
    yield from member.chunks()
    yield padding(member.size)


def finished(chunks):
    """Adds the end-of-archive blocks and fills the last record up."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        yield chunk
    yield END + bytes(-(size + len(END)) % RECORD)
