"""Tables as `rethinkdb dump` writes them, of any size and from a seed.

A row is a template whose variable parts have a fixed width, so that a table's size is known
before its first byte is written, and a block of rows is one formatting operation.
"""
import base64
import itertools
import json
import random
import re
import uuid

ROWS_IN_BLOCK = 256
BLOCKS = 12  # different blocks a table has; they repeat, but for keys, numbers and times

WORDS = (
    "the a of and to in for with on that this from by at as an is was are be have not we you they "
    "table server query index cluster backup document replica shard primary key value field order "
    "customer invoice parcel delivery street market garden window river mountain harbour morning "
    "evening winter summer letter answer question reason story picture music coffee bread kettle "
    "lantern bridge forest island village station platform ticket journey bicycle engine signal "
    "quiet bright narrow heavy early late small large green blue amber copper silver wooden paper "
    "reads writes opens closes moves finds keeps sends builds carries follows returns begins ends "
    "quickly slowly often never always perhaps together alone almost exactly nearly again "
    "caf\u00e9 na\u00efve \u00fcber se\u00f1or Zo\u00eb \u6771\u4eac \u043f\u0440\u0438\u0432\u0435\u0442 \u2603 \U0001f600"
).split()
PUNCTUATION = (". ", ". ", ", ", "! ", "? ", ".\n", ' "', "\t", " \\ ", " / ", " 100% ")
ZONES = ("+00:00", "+01:00", "+02:00", "-05:00", "-08:00", "+05:30")
EPOCH = 1700000000


def text(rng, words):
    """Prose with quotes, escapes, accents and characters outside the basic plane."""
    parts = []
    for _ in range(words):
        parts.append(rng.choice(WORDS))
        parts.append(" " if rng.random() < 0.88 else rng.choice(PUNCTUATION))
    return "".join(parts).strip()


def number(value, digits):
    """Rounded; the server gives whole numbers without a point."""
    value = round(value, digits)
    return int(value) if value == int(value) else value


def binary(data):
    """The BINARY pseudotype: the server breaks its base64 with CR LF after 76 characters."""
    encoded = base64.b64encode(data).decode()
    lines = [encoded[i : i + 76] for i in range(0, len(encoded), 76)]
    return {"$reql_type$": "BINARY", "data": "\r\n".join(lines)}


def point(rng):
    return [number(rng.uniform(-180, 180), 6), number(rng.uniform(-90, 90), 6)]


def geometry(kind, coordinates):
    return {"$reql_type$": "GEOMETRY", "coordinates": coordinates, "type": kind}


def time_of(rng):
    return {"$reql_type$": "TIME", "epoch_time": "@time@", "timezone": rng.choice(ZONES)}


def polygon(rng):
    x, y = point(rng)
    farther, far = number(x / 2, 6), number(y / 2, 6)
    return geometry("Polygon", [[[x, y], [x, far], [farther, far], [farther, y], [x, y]]])


# ---- one template a kind of table: "@id@", "@int@", "@time@" are filled in row by row ----


def post(rng):
    return {
        "author": "@ref@",
        "body": text(rng, rng.randint(30, 120)),
        "created": time_of(rng),
        "id": "@id@",
        "published": rng.random() < 0.9,
        "tags": rng.sample(WORDS, rng.randint(0, 4)),
        "title": text(rng, rng.randint(3, 8)),
        "views": "@int@",
    }


def user(rng):
    return {
        "avatar": binary(rng.randbytes(rng.choice((0, 5, 57, 58, 200)))),
        "email": "%s.%s@example.org" % (rng.choice(WORDS), rng.choice(WORDS)),
        "home": geometry("Point", point(rng)),
        "id": "@id@",
        "joined": time_of(rng),
        "name": text(rng, 2),
        "nickname": rng.choice((None, "", "Zo\u00eb \u2603 \U0001f600", "del\u007f")),
        "score": "@int@",
    }


def comment(rng):
    return {
        "author": "@ref@",
        "created": time_of(rng),
        "id": "@id@",
        "post": "@ref@",
        "text": text(rng, rng.randint(5, 40)),
    }


def order(rng):
    def item():
        price = number(rng.uniform(1, 500), 2)
        return {"price": price, "quantity": rng.randint(1, 9), "sku": text(rng, 1)}

    return {
        "customer": "@ref@",
        "id": "@number@",
        "items": [item() for _ in range(rng.randint(1, 5))],
        "note": rng.choice((None, text(rng, 6))),
        "paid": rng.random() < 0.7,
        "placed": time_of(rng),
        "rate": rng.choice((1e20, 1e-07, -0.0, 0.1, 1.2345678901234568e17, 9007199254740992)),
        "total": "@int@",
    }


def product(rng):
    return {
        "description": text(rng, rng.randint(8, 30)),
        "dimensions": {"depth": rng.randint(1, 90), "height": rng.randint(1, 90), "unit": "cm"},
        "price": number(rng.uniform(1, 900), 2),
        "sku": "@id@",
        "stock": "@int@",
        "\u00e9tat": rng.choice(("neuf", "occasion")),
    }


def place(rng):
    line = geometry("LineString", [point(rng) for _ in range(rng.randint(2, 5))])
    return {
        "code": "@id@",
        "loc": rng.choice((geometry("Point", point(rng)), line, polygon(rng))),
        "visits": "@int@",
    }


class Template:
    def __init__(self, make, primary_key, weight, indexes):
        self.make = make
        self.primary_key = primary_key
        self.weight = weight  # share of the backup's size
        self.indexes = indexes  # (field, multi, geo)


TEMPLATES = {
    "posts": Template(post, "id", 40, [("author", False, False), ("tags", True, False)]),
    "users": Template(user, "id", 12, [("home", False, True)]),
    "comments": Template(comment, "id", 20, [("post", False, False)]),
    "orders": Template(order, "id", 20, [("customer", False, False)]),
    "products": Template(product, "sku", 6, []),
    "places": Template(place, "code", 2, [("loc", False, True)]),
}
DEFAULT_TABLES = (
    "blog.comments", "blog.posts", "blog.users",
    "shop.empty-table", "shop.orders", "shop.places", "shop.products",
)  # fmt: skip

# ---- variable parts ----

FORMATS = {
    "id": '"%08x-%04x-4%03x-a%03x-%012x"',
    "ref": '"%08x-%04x-4%03x-a%03x-%012x"',
    "number": "%d",
    "int": "%d",
    "time": "%d.%d",
}
ZEROS = {"id": (0,) * 5, "ref": (0,) * 5, "number": (10**9,), "int": (10**5,), "time": (EPOCH, 111)}
MILLISECONDS = [ms for ms in range(100, 1000) if ms % 10]  # of a width, as repr() prints them


def split_uuid(bits):
    return bits >> 24 & 0xFFFF, bits >> 12 & 0xFFF, bits & 0xFFF


def values_of(kind, rng, row, step):
    if kind == "time":
        return EPOCH + row % 10**8, MILLISECONDS[rng.getrandbits(16) % len(MILLISECONDS)]
    if kind == "int":
        return (10**5 + rng.getrandbits(19),)
    if kind == "number":
        return (10**9 + row,)
    bits = rng.getrandbits(88)
    first = row * step if kind == "id" else bits & 0xFFFFFFFF
    return (first, *split_uuid(bits >> 48), bits & 0xFFFFFFFFFFFF)


def shuffled(row):
    """A number of its own for each of half a milliard rows, in no order."""
    return row * 2654435761 & 2**29 - 1


def format_of(document):
    """A document as a format string, and the kinds of its variable parts in order."""
    kinds = []

    def fill(match):
        kinds.append(match.group(1))
        return FORMATS[match.group(1)]

    plain = json.dumps(document, sort_keys=True).replace("%", "%%")
    return re.sub(r'"@(\w+)@"', fill, plain), kinds


def size_of(row_format, kinds):
    return len(row_format % tuple(itertools.chain(*(ZEROS[kind] for kind in kinds))))


class Row:
    def __init__(self, document):
        self.format, self.kinds = format_of(document)
        self.size = size_of(self.format, self.kinds)


class Table:
    """One table of a seed, with a number of rows or of about a number of bytes."""

    def __init__(self, database, name, seed, rows=None, size=None, template=None, old=False):
        self.database = database
        self.name = name
        self.old = old  # as servers of 2014 gave them: out of order, indexes by their names
        self.seed = "%s/%s.%s" % (seed, database, name)
        self.template = TEMPLATES[template or template_for(name)]
        rng = random.Random(self.seed)
        patterns = ROWS_IN_BLOCK * BLOCKS
        if rows is not None:
            patterns = min(patterns, max(rows, 1))
        self.patterns = [Row(self.template.make(rng)) for _ in range(patterns)]
        self.rows = self._rows_in(size) if rows is None else rows
        self.size = self._size()

    def _cycle(self):
        return sum(row.size + 2 for row in self.patterns)

    def _rows_in(self, size):
        cycles, rest = divmod(max(size - 5, 0), self._cycle())
        rows = cycles * len(self.patterns)
        for row in self.patterns:
            rest -= row.size + 2
            if rest < 0:
                return rows
            rows += 1
        return rows

    def _size(self):
        if self.rows == 0:
            return len("[\n]\n")
        cycles, rest = divmod(self.rows, len(self.patterns))
        rows = cycles * self._cycle() + sum(row.size + 2 for row in self.patterns[:rest])
        return len("[") + rows - len(",") + len("\n]\n")

    def _block(self, rng, first, count):
        start = first % len(self.patterns)  # a table of several blocks has whole ones
        patterns = self.patterns[start : start + count]
        step = 1 if self.old else 2**32 // self.rows
        values = []
        for row, pattern in enumerate(patterns, first):
            place = shuffled(row) if self.old else row
            for kind in pattern.kinds:
                values.extend(values_of(kind, rng, place, step))
        return ",\n".join([pattern.format for pattern in patterns]) % tuple(values)

    def chunks(self):
        """The .json file, byte for byte as _export.py's json_writer() writes it."""
        rng = random.Random(self.seed + "/values")
        yield b"["
        for first in range(0, self.rows, ROWS_IN_BLOCK):
            count = min(ROWS_IN_BLOCK, self.rows - first)
            separator = ",\n" if first else "\n"
            yield (separator + self._block(rng, first, count)).encode("ascii")
        yield b"\n]\n"

    def info(self):
        """The .info file: table.info(), index_status() and get_write_hook() in one object."""
        if self.old:
            return old_info_text(self.database, self.name, self.template)
        return info_text(
            self.database, self.name, self.template.primary_key, self.rows, self.template.indexes
        )


def template_for(name):
    """posts_2 is made like posts; a name that no template has gets one by its letters."""
    stem = name.split("_")[0]
    if stem in TEMPLATES:
        return stem
    return sorted(TEMPLATES)[sum(name.encode()) % len(TEMPLATES)]


def index_function(field, multi, geo):
    """What index_status() gives for indexCreate(field): the server's own serialization."""
    term = '[31,[[10,[[1,-19,0]],0],[1,%s,0]],0]' % json.dumps(field)
    return (
        b"$reql_index_function$\x09\x07\x07\x07\0\0\0\0\0\0\x01\xed" + b"\xff" * 7
        + (len(term) + 1).to_bytes(4, "little") + term.encode() + bytes((0,) * 5 + (multi, geo))
    )  # fmt: skip


def index_info(field, multi, geo):
    options = ", {multi: true}" if multi else ", {geo: true}" if geo else ""
    query = "indexCreate('%s', function(_var19) { return _var19.getField(\"%s\"); }%s)"
    return {
        "function": binary(index_function(field, multi, geo)),
        "geo": geo,
        "index": field,
        "multi": multi,
        "outdated": False,
        "query": query % (field, field, options),
        "ready": True,
    }


def info_text(database, name, primary_key, rows, indexes):
    def identity(what):
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, what + ".rdbfs.test"))

    info = {
        "db": {"id": identity(database), "name": database, "type": "DB"},
        "doc_count_estimates": [rows],
        "id": identity(name + "." + database),
        "indexes": [index_info(*index) for index in indexes],
        "name": name,
        "primary_key": primary_key,
        "type": "TABLE",
        "write_hook": None,
    }
    return json.dumps(info) + "\n"


def old_info_text(database, name, template):
    """table.info() of servers that told no more of an index than its name."""
    info = {
        "db": {"name": database, "type": "DB"},
        "indexes": [field for field, _, _ in template.indexes],
        "name": name,
        "primary_key": template.primary_key,
        "type": "TABLE",
    }
    return json.dumps(info) + "\n"


def make_tables(names, seed, rows=None, size=None, old=False):
    """Tables called DATABASE.TABLE, sharing out size by the weight of their kind."""
    split = [name.split(".", 1) for name in names]
    full = [table for _, table in split if not table.startswith("empty")]
    total = sum(TEMPLATES[template_for(table)].weight for table in full)
    tables = []
    for database, name in split:
        if name.startswith("empty"):
            tables.append(Table(database, name, seed, rows=0, old=old))
        elif size is None:
            tables.append(Table(database, name, seed, rows=rows, old=old))
        else:
            share = size * TEMPLATES[template_for(name)].weight // total
            tables.append(Table(database, name, seed, size=share, old=old))
    return tables


def table_names(databases, tables):
    """Names for any number of databases with any number of tables each."""
    kinds = sorted(TEMPLATES)
    width = len(str(tables))
    return [
        "db_%d.%s_%0*d" % (d + 1, kinds[t % len(kinds)], width, t + 1)
        for d in range(databases)
        for t in range(tables)
    ]
