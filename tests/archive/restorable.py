"""Reads ARCHIVE with tarfile as `rethinkdb restore` does (a stream, any compression), and as a
seekable gzip file; both must give the files in TREE, and only names that restore takes."""
import os
import sys
import tarfile


def members(archive, mode):
    found = {}
    with tarfile.open(archive, mode) as tar:
        for info in tar:
            assert info.isfile(), info.name
            assert info.mode == 0o644 and info.uid == 0 and info.gid == 0, info.name
            found[info.name] = tar.extractfile(info).read()
    return found


def check_names(names):
    last = names.pop()
    tops = {name.split("/")[0] for name in names}
    assert len(tops) == 1, tops
    assert last == tops.pop() + "/backup.rdbfs", last
    for info, json in zip(names[::2], names[1::2]):
        assert len(info.split("/")) == 3, info
        assert os.path.splitext(info)[0] == os.path.splitext(json)[0], (info, json)
        assert info.endswith(".info") and json.endswith(".json"), (info, json)


def main(archive, tree):
    stream = members(archive, "r|*")
    assert stream == members(archive, "r:gz")
    check_names(list(stream))
    for name, content in stream.items():
        with open(os.path.join(tree, name), "rb") as file:
            assert file.read() == content, name


main(*sys.argv[1:])
