"""Unusual, damaged and hostile archives, each with what a mount must make of it.

Outcomes:
  whole       state ok; every file as it was written
  filtered    state ok; the good files as they were written, nothing else
  damaged     state damaged; what is shown is right up to the damage, then EIO
  unreadable  state damaged; listing the backup fails with EIO
  any         any of these, but no wrong byte, no crash, no hang, no unbounded memory
"""
import gzip
import os
import struct
import tarfile
import zlib

from backup import archive, compress
from backup.archive import file_chunks, header, member, member_chunks

DOCUMENTS = b'[\n{"id": "hostile"}\n]\n'


class Backup:
    """What a kind builds from. good: the files that a mount must show, complete."""

    def __init__(self, name, members, mtime, at, size):
        self.name = name
        self.good = list(members)
        self.mtime = mtime
        self.at = at  # where to damage: bytes, or a fraction below 1; None: the kind's own
        self.size = size  # bytes of a bomb

    def top(self, path):
        return "%s/%s" % (self.name, path)

    def chunks(self, member, **options):
        return member_chunks(self.top(member.path), member, mtime=self.mtime, **options)

    def all_chunks(self, **options):
        for one in self.good:
            yield from self.chunks(one, **options)

    def offset(self, size, default):
        at = default if self.at is None else self.at
        return int(at * size) if 0 <= at < 1 else int(at)


class Kind:
    def __init__(self, name, outcome, about, form, build):
        self.name = name
        self.outcome = outcome
        self.about = about
        self.form = form  # what build gives: chunks of a tar, of a file, or a file's change
        self.build = build


KINDS = {}


def kind(name, outcome, about, form="tar"):
    def register(build):
        KINDS[name] = Kind(name, outcome, about, form, build)
        return build

    return register


def write(name, path, backup, how):
    """Writes one kind to a file."""
    chosen = KINDS[name]
    if chosen.form == "file":
        compress.write(path, chosen.build(backup), "none", backup.mtime)
        return
    chunks = backup.all_chunks() if chosen.form == "change" else chosen.build(backup)
    if not getattr(chosen.build, "unfinished", False):
        chunks = archive.finished(chunks)
    compress.write(path, chunks, how, backup.mtime)
    if chosen.form == "change":
        chosen.build(backup, path)


def unfinished(build):
    """Marks a kind that ends as it likes, without the end-of-archive blocks."""
    build.unfinished = True
    return build


# ---- unusual, and well ----


@kind("plain", "whole", "nothing unusual")
def plain(backup):
    return backup.all_chunks()


@kind("directories", "whole", "with entries for the folders, as tar writes them")
def directories(backup):
    yield header(backup.name + "/", kind=tarfile.DIRTYPE, mode=0o755)
    for database in sorted({one.database for one in backup.good}):
        yield header(backup.top(database) + "/", kind=tarfile.DIRTYPE, mode=0o755)
    yield from backup.all_chunks()


@kind("dot-prefix", "whole", "every name begins with ./")
def dot_prefix(backup):
    yield header("./", kind=tarfile.DIRTYPE, mode=0o755)
    for one in backup.good:
        yield from member_chunks("./" + backup.top(one.path), one)


@kind("ustar", "whole", "ustar headers, whole seconds")
def ustar(backup):
    return backup.all_chunks(form=tarfile.USTAR_FORMAT)


@kind("gnu", "whole", "GNU headers")
def gnu(backup):
    return backup.all_chunks(form=tarfile.GNU_FORMAT)


@kind("v7", "whole", "headers without a magic, as before POSIX")
def v7(backup):
    for one in backup.good:
        head = header(backup.top(one.path), one.size, form=tarfile.USTAR_FORMAT)
        yield archive.patched(head, 257, bytes(archive.BLOCK - 257))
        yield from one.chunks()
        yield archive.padding(one.size)


@kind("base256", "whole", "sizes in base 256 rather than octal")
def base256(backup):
    for one in backup.good:
        head = header(backup.top(one.path), one.size, form=tarfile.GNU_FORMAT)
        yield archive.patched(head, 124, b"\x80" + one.size.to_bytes(11, "big"))
        yield from one.chunks()
        yield archive.padding(one.size)


@kind("pax-size", "whole", "sizes in the PAX header, 0 in the tar header")
def pax_size(backup):
    for one in backup.good:
        yield header(backup.top(one.path), one.size, pax={"size": str(one.size)})
        yield from one.chunks()
        yield archive.padding(one.size)


@kind("pax-global", "whole", "a global PAX header first, as git archive writes it")
def pax_global(backup):
    yield tarfile.TarInfo.create_pax_global_header({"comment": "a dump"})
    yield from backup.all_chunks()


def long_files(backup, lengths):
    """Adds tables so that the whole path has each of the lengths."""
    for length in lengths:
        name = "t" * (length - len(backup.top("blog/.json"))) + ".json"
        backup.good.append(member("blog", name, DOCUMENTS))


@kind("ustar-boundary", "whole", "names at ustar's limits: 99, 100, 101, 155, 156 and 251 bytes")
def ustar_boundary(backup):
    long_files(backup, (99, 100, 101))
    for length in (155, 156, 251):
        database = "d" * (length - len(backup.top("/")) - 95)
        backup.good.append(member(database, "t" * 90 + ".json", DOCUMENTS))
    return backup.all_chunks(form=tarfile.USTAR_FORMAT)


@kind("gnu-long", "whole", "GNU long names; a file name of 255 bytes")
def gnu_long(backup):
    long_files(backup, (99, 100, 101, 200))
    backup.good.append(member("blog", "t" * 250 + ".json", DOCUMENTS))
    return backup.all_chunks(form=tarfile.GNU_FORMAT)


@kind("pax-long", "whole", "PAX long names; a file name of 255 bytes")
def pax_long(backup):
    long_files(backup, (99, 100, 101, 200))
    backup.good.append(member("blog", "t" * 250 + ".json", DOCUMENTS))
    return backup.all_chunks()


@kind("no-end", "damaged", "the end-of-archive blocks are missing: it may be cut between members")
@unfinished
def no_end(backup):
    return backup.all_chunks()


@kind("only-info", "whole", "tables with .info and without documents")
def only_info(backup):
    backup.good = [one for one in backup.good if one.file.endswith(".info")]
    return backup.all_chunks()


@kind("only-json", "whole", "tables with documents and without .info")
def only_json(backup):
    backup.good = [one for one in backup.good if one.file.endswith(".json")]
    return backup.all_chunks()


@kind("csv", "whole", "a table exported as CSV")
def csv(backup):
    backup.good.append(member("blog", "votes.csv", b'id,n\r\n1,"a, b"\r\n2,\r\n'))
    return backup.all_chunks()


@kind("empty-table", "whole", "a table without documents, and a file of no bytes")
def empty_table(backup):
    backup.good.append(member("blog", "drafts.json", b"[\n]\n"))
    backup.good.append(member("blog", "nothing.json", b""))
    return backup.all_chunks()


@kind("pretty", "whole", "documents over several lines")
def pretty(backup):
    text = b'[\n    {\n        "id": 1,\n        "a": [\n            1\n        ]\n    }\n]\n'
    backup.good.append(member("blog", "drafts.json", text))
    return backup.all_chunks()


@kind("ndjson", "whole", "newline-delimited documents in a .json")
def ndjson(backup):
    backup.good.append(member("blog", "drafts.json", b'{"id": 1}\n{"id": 2}\n{"id": 3}'))
    return backup.all_chunks()


@kind("ndjson-names", "whole", "newline-delimited documents in a .ndjson and a .jsonl")
def ndjson_names(backup):
    backup.good.append(member("blog", "drafts.ndjson", b'{"id": 1}\n{"id": 2}\n'))
    backup.good.append(member("blog", "lines.jsonl", b'{"id": 1}\n{"id": 2}\n{"id": 3}'))
    return backup.all_chunks()


MARK = "\ufeff".encode()


@kind("byte-order-marks", "whole", "byte order marks in .json, .ndjson, .csv and .info")
def byte_order_marks(backup):
    backup.good = [member(one.database, one.file, MARK + one.read()) for one in backup.good]
    backup.good.append(member("blog", "drafts.ndjson", MARK + b'{"id": 1}\n{"id": 2}\n'))
    backup.good.append(member("blog", "votes.csv", MARK + b"id,n\r\n1,2\r\n"))
    return backup.all_chunks()


@kind("gzip-members", "whole", "each file compressed on its own")
def gzip_members(backup):
    backup.good.append(member("blog", "drafts.ndjson", b'{"id": 1}\n{"id": 2}\n'))
    backup.good.append(member("blog", "votes.csv", b"id,n\r\n1,2\r\n"))
    backup.good = [
        member(one.database, one.file + ".gz", gzip.compress(one.read(), mtime=0))
        for one in backup.good
    ]
    return backup.all_chunks()


def packed(backup, chunks=None):
    return b"".join(compress.gzip_stream(archive.finished(chunks or backup.all_chunks())))


@kind("nested", "whole", "an archive compressed twice", form="file")
def nested(backup):
    return (gzip.compress(packed(backup), mtime=0),)


@kind("archive-within", "whole", "an archive within an archive, as metal-stack's sidecar makes it")
def archive_within(backup):
    yield header("backup/", kind=tarfile.DIRTYPE, mode=0o755)
    yield from file_chunks("backup/rethinkdb.tar.gz", packed(backup))


@kind("plain-within", "whole", "a .tar within an archive")
def plain_within(backup):
    yield from file_chunks("rethinkdb.tar", b"".join(archive.finished(backup.all_chunks())))


@kind("clutter", "whole", "what macOS leaves: ._ files, .DS_Store and __MACOSX/, first, last, between")
def clutter(backup):
    def of(path):
        folder, _, file = path.rpartition("/")
        return "%s/._%s" % (folder, file) if folder else "._" + file

    double = b"\0\5\x16\7\0\2\0\0Mac OS X        "
    yield from file_chunks("._" + backup.name, double)
    yield from file_chunks("__MACOSX/" + of(backup.top(backup.good[0].path)), double)
    yield from file_chunks(backup.top(".DS_Store"), double)
    for one in backup.good:
        yield from file_chunks(of(backup.top(one.path)), double)
        yield from backup.chunks(one)
    yield from file_chunks(backup.top("blog/.DS_Store"), double)
    yield from file_chunks("__MACOSX/" + backup.top("blog/._last.json"), double)


@kind("no-top", "whole", "databases without a folder above them")
def no_top(backup):
    yield header("./", kind=tarfile.DIRTYPE, mode=0o755)
    for one in backup.good:
        yield from member_chunks("./" + one.path, one)


@kind("two-folders", "whole", "two folders above each database")
def two_folders(backup):
    yield header("backups/", kind=tarfile.DIRTYPE, mode=0o755)
    for one in backup.good:
        yield from member_chunks("backups/" + backup.top(one.path), one)


@kind("no-members", "whole", "an empty tar: rethinkdb dump of a cluster without tables")
def no_members(backup):
    backup.good = []
    return ()


@kind("many-members", "whole", "100,000 members")
def many_members(backup):
    backup.good = []
    for number in range(50000):
        for extension, data in ((".info", b"{}\n"), (".json", b"[\n]\n")):
            one = member("blog", "t%05d%s" % (number, extension), data)
            backup.good.append(one)
            yield from file_chunks(backup.top(one.path), data, form=tarfile.USTAR_FORMAT)


@kind("fields", "whole", "a gzip header with all its fields", form="file")
def fields(backup):
    extra = struct.pack("<H", 6) + b"RA\x02\0ab"
    optional = extra + b"a name.tar\0" + b"a comment\0"
    flags = 1 | 2 | 4 | 8 | 16
    crc = zlib.crc32(compress.gzip_header(flags, optional)) & 0xFFFF
    chunks = archive.finished(backup.all_chunks())
    return compress.gzip_stream(chunks, 6, flags, optional + struct.pack("<H", crc))


@kind("stored", "whole", "a gzip file of stored blocks", form="file")
def stored(backup):
    return compress.gzip_stream(archive.finished(backup.all_chunks()), 0)


@kind("trailing-zeros", "whole", "zeros behind the gzip trailer, as on a tape", form="change")
def trailing_zeros(_, path):
    append(path, bytes(5000))


@kind("trailing-garbage", "whole", "garbage behind the gzip trailer, which gzip ignores", "change")
def trailing_garbage(_, path):
    append(path, b"this is not gzip")


@kind("bomb-tail", "whole", "gigabytes of zeros behind the end of the tar", form="file")
def bomb_tail(backup):
    return compress.gzip_zeros(b"".join(archive.finished(backup.all_chunks())), backup.size)


# ---- hostile members among good ones ----


def among(backup, hostile):
    """The first good file, the hostile members, the other good files."""
    yield from backup.chunks(backup.good[0])
    yield from hostile
    for one in backup.good[1:]:
        yield from backup.chunks(one)


def hostile_files(backup, names, **options):
    def chunks():
        for name in names:
            yield from file_chunks(name, DOCUMENTS, **options)

    return among(backup, chunks())


@kind("absolute", "filtered", "absolute names, of which tar removes the /")
def absolute(backup):
    yield from file_chunks("/etc/hostile.json", DOCUMENTS)
    for one in backup.good:
        yield from member_chunks("/" + backup.top(one.path), one)


@kind("dotdot", "filtered", "names with ..")
def dotdot(backup):
    names = ("../../hostile.json", backup.top("../hostile.json"), backup.top("../blog/hostile.json"),
             backup.top("blog/../hostile.json"), backup.top("blog/..json/../hostile.json"),
             "../blog/hostile.json")  # fmt: skip
    return hostile_files(backup, names)


@kind("odd-paths", "filtered", "too few and too many folders, other extensions, names of nothing")
def odd_paths(backup):
    names = (backup.top("backup.rdbfs"), backup.top("hostile.json"), backup.top("blog/notes.txt"),
             backup.top("blog/deep/hostile.json"), backup.top("blog/.json"), "hostile.json",
             backup.top("blog/hostile"), backup.top("blog/.hostile.json"))  # fmt: skip
    return hostile_files(backup, names)


@kind("long-names", "filtered", "file and database names longer than 255 bytes")
def long_names(backup):
    names = [backup.top("blog/%s.json" % ("t" * length)) for length in (251, 300, 5000)]
    return hostile_files(backup, [*names, backup.top("%s/hostile.json" % ("d" * 256))])


@kind("strays-first", "filtered", "files too high and too deep, before the first table")
def strays_first(backup):
    for name in ("hostile.json", backup.top("hostile.json"), backup.top("a/b/hostile.json")):
        yield from file_chunks(name, DOCUMENTS)
    yield from backup.all_chunks()


@kind("two-tops", "damaged", "tables below a second top folder")
def two_tops(backup):
    return hostile_files(backup, ("another/blog/hostile.json", "another/other/hostile.json"))


def special(backup, kind, link="", size=0, data=b""):
    def chunks():
        yield header(backup.top("blog/hostile.json"), size, kind, link=link)
        yield data

    return among(backup, chunks())


@kind("symlink", "filtered", "a symbolic link to /etc/passwd")
def symlink(backup):
    return special(backup, tarfile.SYMTYPE, "/etc/passwd")


@kind("hard-link", "whole", "hard links to files before them")
def hard_link(backup):
    yield from backup.all_chunks()
    for one in [one for one in backup.good if one.path.startswith("blog/posts.")]:
        link = one.path.replace("posts", "linked")
        yield header(backup.top(link), 0, tarfile.LNKTYPE, link=backup.top(one.path))
        backup.good.append(member("blog", link.rpartition("/")[2], one.read()))


@kind("lost-link", "filtered", "hard links to nothing, and to what is not shown")
def lost_link(backup):
    def chunks():
        yield from file_chunks(backup.top("notes.txt"), DOCUMENTS)
        for target in ("blog/nothing.json", "notes.txt", "../blog/posts.json", "blog/posts.info"):
            name = backup.top("blog/hostile.json")
            yield header(name, 0, tarfile.LNKTYPE, link=backup.top(target))

    return among(backup, chunks())


@kind("device", "filtered", "a block device")
def device(backup):
    return special(backup, tarfile.BLKTYPE)


@kind("character-device", "filtered", "a character device")
def character_device(backup):
    return special(backup, tarfile.CHRTYPE)


@kind("fifo", "filtered", "a named pipe")
def fifo(backup):
    return special(backup, tarfile.FIFOTYPE)


@kind("folder-as-file", "filtered", "a folder with a table's name")
def folder_as_file(backup):
    return special(backup, tarfile.DIRTYPE)


@kind("sparse-old", "filtered", "a sparse file, as old GNU tar writes it")
def sparse_old(backup):
    data = b"x" * archive.BLOCK
    head = header(backup.top("blog/hostile.json"), len(data), tarfile.GNUTYPE_SPARSE,
                  form=tarfile.GNU_FORMAT)  # fmt: skip
    spans = b"%011o\0%011o\0" % (2**20, len(data))
    head = archive.patched(head, 386, spans)
    head = archive.patched(head, 483, b"%011o\0" % (2**20 + len(data)))
    return among(backup, (head, data))


@kind("sparse-pax", "filtered", "a sparse file, PAX format 1.0")
def sparse_pax(backup):
    data = (b"1\n%d\n%d\n" % (2**20, archive.BLOCK)).ljust(archive.BLOCK, b"\0")
    data += b"x" * archive.BLOCK
    name = backup.top("blog/hostile.json")
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": name,
           "GNU.sparse.realsize": str(2**20 + archive.BLOCK)}  # fmt: skip
    head = header(backup.top("GNUSparseFile.0/hostile.json"), len(data), pax=pax)
    return among(backup, (head, data))


@kind("not-utf8", "any", "names that are not UTF-8, in GNU and in PAX headers")
def not_utf8(backup):
    def chunks():
        for number, form in enumerate((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)):
            name = backup.top("blog/").encode() + b"p\xff\xc3(%d.json" % number
            yield from file_chunks(name, DOCUMENTS, form=form)

    return among(backup, chunks())


@kind("odd-names", "any", "names with spaces, newlines, escapes and shell characters")
def odd_names(backup):
    names = ("a b", "a\nb", "\x1b[31mred", "$(reboot)", "-rf", "caf\u00e9", "a:b", "a\\b", "*")
    return hostile_files(backup, [backup.top("blog/%s.json" % name) for name in names])


@kind("duplicates", "any", "a member twice, with other bytes: either is right, but not both mixed")
def duplicates(backup):
    second = backup.good[1]
    copy = member(second.database, second.file, second.read()[:-3] + DOCUMENTS)
    return among(backup, member_chunks(backup.top(copy.path), copy))


@kind("mixed-tops", "unreadable", "tables without a top folder, and others below two")
def mixed_tops(backup):
    for one in backup.good[:2]:
        yield from member_chunks(one.path, one)
    for one in backup.good[2:]:
        yield from member_chunks("two/folders/" + one.path, one)


@kind("three-tops", "unreadable", "three folders above each database")
def three_tops(backup):
    for one in backup.good:
        yield from member_chunks("srv/backups/" + backup.top(one.path), one)


@kind("no-tables", "unreadable", "a tar with other things than tables")
def no_tables(backup):
    return file_chunks(backup.top("README.txt"), b"nothing here\n")


# ---- damage in the tar ----


def break_off(backup):
    """The good files before the middle one, and the middle one."""
    middle = len(backup.good) // 2
    chunks = b"".join(b"".join(backup.chunks(one)) for one in backup.good[:middle])
    return chunks, backup.good[middle]


@kind("appended", "damaged", "a second archive appended to the file", form="change")
def appended(backup, path):
    other = member("other", "hostile.json", DOCUMENTS)
    chunks = archive.finished(member_chunks(backup.top(other.path), other))
    append(path, gzip.compress(b"".join(chunks), mtime=0))


@kind("archives-within", "damaged", "an archive within an archive, and another beside it")
def archives_within(backup):
    other = member("other", "hostile.json", DOCUMENTS)
    yield from file_chunks("backup/rethinkdb.tar.gz", packed(backup))
    chunks = member_chunks(backup.top(other.path), other)
    yield from file_chunks("backup/another.tar.gz", packed(backup, chunks))


@kind("bad-checksum", "damaged", "a tar header with a wrong checksum")
def bad_checksum(backup):
    before, one = break_off(backup)
    head = bytearray(header(backup.top(one.path), one.size, form=tarfile.USTAR_FORMAT))
    head[150] ^= 1
    yield before
    yield bytes(head)
    yield from one.chunks()
    yield archive.padding(one.size)
    for later in backup.good[backup.good.index(one) + 1 :]:
        yield from backup.chunks(later)


@kind("cut-header", "damaged", "a sound gzip file whose tar ends within a header")
@unfinished
def cut_header(backup):
    before, one = break_off(backup)
    yield before
    yield header(backup.top(one.path), one.size, form=tarfile.USTAR_FORMAT)[:200]


@kind("cut-data", "damaged", "a sound gzip file whose tar ends within a table")
@unfinished
def cut_data(backup):
    before, one = break_off(backup)
    yield before
    yield header(backup.top(one.path), one.size)
    yield one.read()[: one.size // 2]


@kind("lost-info", "damaged", "cut behind the documents of a table, whose .info would follow")
@unfinished
def lost_info(backup):
    backup.good.sort(key=lambda one: (one.path.rpartition(".")[0], one.file.endswith(".info")))
    lost = backup.good.pop()
    yield from backup.all_chunks()
    yield header(backup.top(lost.path), lost.size, form=tarfile.USTAR_FORMAT)[:200]


@kind("tar-garbage", "damaged", "garbage where a tar header should be")
def tar_garbage(backup):
    before, _ = break_off(backup)
    yield before
    yield b"garbage " * 1000


def claims(backup, size, data=DOCUMENTS, **options):
    """A table whose header claims any size, as the last thing in the archive."""
    yield from backup.all_chunks()
    backup.good.append(member("blog", "huge.json", data))
    yield header(backup.top("blog/huge.json"), size, **options)
    yield data


@kind("huge", "damaged", "a member that claims 2^60 bytes, in base 256")
@unfinished
def huge(backup):
    return claims(backup, 2**60, form=tarfile.GNU_FORMAT)


@kind("huge-pax", "damaged", "a member that claims 2^60 bytes, in PAX")
@unfinished
def huge_pax(backup):
    return claims(backup, 2**60)


@kind("open-end", "damaged", "a member of --bomb-size bytes whose data is missing")
@unfinished
def open_end(backup):
    return claims(backup, backup.size, b"")


@kind("huge-overflow", "any", "a member that claims 2^63-1 bytes")
@unfinished
def huge_overflow(backup):
    return claims(backup, 2**63 - 1)


@kind("huge-negative", "any", "a member of a negative size")
@unfinished
def huge_negative(backup):
    yield from backup.all_chunks()
    head = header(backup.top("blog/huge.json"), form=tarfile.GNU_FORMAT)
    yield archive.patched(head, 124, b"\xff" * 12)
    yield DOCUMENTS


@kind("bad-pax", "any", "PAX records whose lengths are wrong")
def bad_pax(backup):
    def chunks():
        for record in (b"99999999999999999999 path=x\n", b"5 path=x\n", b"0 \n", b"-3 a=b\n"):
            yield header("PaxHeader", len(record), tarfile.XHDTYPE, form=tarfile.USTAR_FORMAT)
            yield record + archive.padding(len(record))
            yield from file_chunks(backup.top("blog/hostile.json"), DOCUMENTS)

    return among(backup, chunks())


# ---- bombs ----


@kind("big-table", "any", "a table of gigabytes of zeros, complete, but no documents", "file")
def big_table(backup):
    before = b"".join(backup.all_chunks())
    before += header(backup.top("blog/zeros.json"), backup.size, form=tarfile.GNU_FORMAT)
    zeros = backup.size + len(archive.padding(backup.size)) + len(archive.END)
    return compress.gzip_zeros(before, zeros)


@kind("bomb", "unreadable", "gigabytes of zeros and nothing else", form="file")
def bomb(backup):
    return compress.gzip_zeros(b"", backup.size)


@kind("bomb-name", "any", "a long-name header of gigabytes", form="file")
def bomb_name(backup):
    before = b"".join(backup.all_chunks())
    before += header("././@LongLink", backup.size, tarfile.GNUTYPE_LONGNAME, form=tarfile.GNU_FORMAT)
    return compress.gzip_zeros(before, backup.size + 20 * archive.BLOCK)


@kind("bomb-pax", "any", "a PAX header of gigabytes", form="file")
def bomb_pax(backup):
    before = b"".join(backup.all_chunks())
    before += header("PaxHeader", backup.size, tarfile.XHDTYPE, form=tarfile.GNU_FORMAT)
    return compress.gzip_zeros(before, backup.size + 20 * archive.BLOCK)


# ---- damage in the compressed file ----


def append(path, data):
    with open(path, "ab") as file:
        file.write(data)


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes((byte ^ 0x10,)))


@kind("truncated", "damaged", "cut off (--at)", form="change")
def truncated(backup, path):
    os.truncate(path, backup.offset(os.path.getsize(path), 0.5))


@kind("no-trailer", "damaged", "only the last four bytes are missing", form="change")
def no_trailer(_, path):
    os.truncate(path, os.path.getsize(path) - 4)


@kind("flip-data", "damaged", "one bit wrong within the data (--at)", form="change")
def flip_data(backup, path):
    flip(path, backup.offset(os.path.getsize(path), 0.5))


@kind("flip-magic", "unreadable", "one bit wrong in the first byte", form="change")
def flip_magic(_, path):
    flip(path, 0)


@kind("flip-method", "unreadable", "one bit wrong in the compression method", form="change")
def flip_method(_, path):
    flip(path, 2)


@kind("flip-crc", "damaged", "one bit wrong in the gzip checksum", form="change")
def flip_crc(_, path):
    flip(path, os.path.getsize(path) - 8)


@kind("flip-length", "damaged", "one bit wrong in the gzip length", form="change")
def flip_length(_, path):
    flip(path, os.path.getsize(path) - 4)


@kind("zeroed", "damaged", "4 KiB of zeros in the middle, as after a crash", form="change")
def zeroed(backup, path):
    with open(path, "r+b") as file:
        file.seek(backup.offset(os.path.getsize(path), 0.5))
        file.write(bytes(4096))


# ---- no archive at all ----


@kind("empty-file", "unreadable", "a file of no bytes", form="file")
def empty_file(_):
    return ()


@kind("one-byte", "unreadable", "a file of one byte", form="file")
def one_byte(_):
    return (b"\x1f",)


@kind("not-gzip", "unreadable", "text with an archive's name", form="file")
def not_gzip(_):
    return (b"this is not an archive\n" * 1000,)


@kind("html", "unreadable", "an error page saved as an archive", form="file")
def html(_):
    return (b"<!DOCTYPE html><html><body>404 not found</body></html>\n",)


@kind("gzip-of-text", "unreadable", "text, compressed", form="file")
def gzip_of_text(_):
    return (gzip.compress(b"this is not a tar\n" * 1000, mtime=0),)


# ---- encrypted files, and files of other programs; each is described by what an error must say ----

SECRET = bytes(range(7, 256, 3)) * 40
BSON = struct.pack("<i", 27) + b"\x02version\0\x04\0\0\x000.1\0\x10n\0\1\0\0\0\0"

FOREIGN = {
    "age": (
        "encrypted with age: decrypt it first",
        b"age-encryption.org/v1\n-> X25519 SVrzdFfkPxf0LPHOUGB1gNb9E5Vr8EUDa9kxk04iQ0o\n"
        b"0OrTkKHpE7klNLd0k+9Uam5hkQkzMxaqKcIPRIO1sNE\n"
        b"--- gxhoSa5BciRDt8lOpYNcx4EYtKpS0CJ06F3ZwN82VaM\n" + SECRET,
    ),
    "age-text": (
        "encrypted with age: decrypt it first",
        b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBT\n"
        b"-----END AGE ENCRYPTED FILE-----\n",
    ),
    "gpg": (
        "encrypted with GPG: decrypt it first",
        b"\x85\x01\x0c\x03\xd5\x11\x22\x33\x44\x55\x66\x77\x01\x07\xff" + SECRET,
    ),
    "gpg-password": (
        "encrypted with GPG: decrypt it first",
        b"\x8c\x0d\x04\x09\x03\x02\xa1\xb2\xc3\xd4\xe5\xf6\x07\x18\xff\xd2\xc0\x4f\x01" + SECRET,
    ),
    "gpg-text": (
        "encrypted with GPG: decrypt it first",
        b"-----BEGIN PGP MESSAGE-----\n\nhQEMA9URIjNEVWZ3AQf/\n=abcd\n-----END PGP MESSAGE-----\n",
    ),
    "openssl": (
        "encrypted with OpenSSL: decrypt it first",
        b"Salted__\x11\x22\x33\x44\x55\x66\x77\x88" + SECRET,
    ),
    "zip": (
        "a zip file: unpack it",
        b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\x5a" + struct.pack("<IIIHH", 0, 6, 6, 15, 0)
        + b"blog/posts.json" + b"[\n{}\n]",
    ),
    "7z": ("a 7z file: unpack it", b"7z\xbc\xaf\x27\x1c\0\4" + SECRET),
    "rar": ("a RAR file: unpack it", b"Rar!\x1a\x07\x01\0" + SECRET),
    "postgresql": (
        "a PostgreSQL dump: restore it with pg_restore",
        b"PGDMP\x01\x0e\0\x04\x08\x01\x01\x01\0\0\0\0" + SECRET,
    ),
    "postgresql-text": (
        "a PostgreSQL dump: restore it with psql",
        b"--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n",
    ),
    "mongodb": (
        "a MongoDB archive: restore it with mongorestore",
        b"\x6d\xe2\x99\x81" + BSON + b"\xff\xff\xff\xff",
    ),
    "mysql": ("a MySQL dump: restore it with mysql", b"-- MySQL dump 10.13  Distrib 8.0.36\n--\n"),
    "mariadb": ("a MySQL dump: restore it with mysql", b"-- MariaDB dump 10.19\n--\n"),
    "sqlite": ("an SQLite database", b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20" + bytes(4080)),
    "redis": ("a Redis dump", b"REDIS0011\xfa\x09redis-ver\x057.2.4\xff" + bytes(8)),
}  # fmt: skip


def foreign(name, words, content):
    kind("foreign-" + name, "unreadable", words, form="file")(lambda _: (content,))


for foreign_name, (foreign_words, foreign_content) in FOREIGN.items():
    foreign(foreign_name, foreign_words, foreign_content)
