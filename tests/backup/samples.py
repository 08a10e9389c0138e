"""The sample backups that come with the project: three nights of a small blog and its shop."""
import calendar
import json
import os
import random
import time
import uuid

from backup import archive, compress, documents
from backup.documents import binary, geometry, info_text

NIGHTS = ("2026-11-20T03:00:00", "2026-11-21T03:00:00", "2026-11-22T03:00:00")
FIRST = "2026-09-01T08:00:00"

PEOPLE = (
    ("Ada Brandt", "Bergen", 5.3221, 60.3913), ("Jun Okafor", "Lagos", 3.3792, 6.5244),
    ("Zo\u00eb Laurent", "Lyon", 4.8357, 45.764), ("Mateo Ruiz", "Sevilla", -5.9845, 37.3891),
    ("Noor Haddad", "Amman", 35.9106, 31.9539), ("Piotr Zieli\u0144ski", "Gda\u0144sk", 18.6466, 54.352),
    ("Aiko Tanaka", "\u4eac\u90fd", 135.7681, 35.0116), ("Sam Whitlock", "Bristol", -2.5879, 51.4545),
    ("Lucie Nov\u00e1kov\u00e1", "Brno", 16.6068, 49.1951), ("Owen Price", "Cardiff", -3.1791, 51.4816),
    ("Ingrid S\u00f8rensen", "Aarhus", 10.2039, 56.1629), ("Tariq Aziz", "Lahore", 74.3587, 31.5204),
)  # fmt: skip
SUBJECTS = (
    ("Bread without kneading", "bread", "Flour, water, salt and eighteen hours of patience."),
    ("The last tram to the harbour", "travel", "It leaves at ten past midnight, and it never waits."),
    ("Mending a bicycle wheel", "workshop", "One loose spoke is a small thing until it is not."),
    ("What the river left behind", "garden", "After the flood the soil was black and full of glass."),
    ("A shelf from one board", "workshop", "Measure twice, and then ask somebody else to measure."),
    ("Coffee at four in the morning", "coffee", "The night shift knows where the good cup is."),
    ("Seven walks in the rain", "travel", "Nobody meets you there, which is rather the point."),
    ("Keeping bees on a balcony", "garden", "The neighbours were told after the first honey."),
    ("Letters from the lighthouse", "reading", "Forty years of weather, two lines a day."),
    ("Why we left the big city", "travel", "It was the noise, or perhaps only the rent."),
    ("An index for every question", "databases", "A slow query is a question nobody prepared for."),
    ("Backups you can read", "databases", "A backup that nobody opens is a hope, not a backup."),
    ("The grammar of jam", "bread", "Sugar is the verb; everything else is a detail."),
    ("Repairing the garden gate", "garden", "It had been closed with a piece of string since May."),
    ("A cup, a saucer, a drawing", "workshop", "Clay forgives nearly everything but haste."),
)  # fmt: skip
SENTENCES = (
    "I have tried it three ways and kept the simplest.", "It costs nothing but time.",
    "My grandmother would have laughed: \u201cyou call this work?\u201d",
    "The first attempt failed, the second was worse, and the third we ate.",
    "There is a photograph of it, out of focus, like all the good ones.",
    "Take a path like C:\\tools or /usr/local/bin: nobody remembers either.",
    "On Sunday everything is closed, and so we stayed.", "Half of it is listening.",
    "The temperature was -4 \u00b0C and falling.", "If you know a better way, write to me.",
    "She said \"never again\" and came back the next morning.", "\U0001f600 was the whole answer.",
)  # fmt: skip
REPLIES = (
    "Thank you, this worked for me.", "I would add a pinch of salt.", "Where can I buy that?",
    "I read it twice, and then I went out.", "My father did it the same way.", "Na ja.",
    "Please write about the second part as well!", "Not in my climate, I am afraid.",
    "\u3042\u308a\u304c\u3068\u3046\u3054\u3056\u3044\u307e\u3059", "The link is broken.", "+1", "\U0001f44d",
)  # fmt: skip
GOODS = (
    ("KET-01", "Copper kettle", 89, 14), ("LAN-02", "Storm lantern", 42.5, 30),
    ("CUP-03", "Blue cup", 12, 120), ("BRD-04", "Bread basket", 24.9, 41),
    ("SPO-05", "Wooden spoon", 6.5, 260), ("BEE-06", "Jar of honey", 9.75, 88),
    ("GAT-07", "Gate hinge", 15.2, 64), ("WHL-08", "Bicycle spokes, ten", 8, 75),
    ("INK-09", "Black ink", 7.25, 52), ("PAP-10", "Letter paper", 11.4, 95),
)  # fmt: skip
# What changes in the goods before a night: other members, or None where they are not sold any more.
CHANGES = (
    ("2026-11-21T03:00:00", "SPO-05", {"price": 4.9, "stock": 3}),
    ("2026-11-22T03:00:00", "SPO-05", None),
    ("2026-11-22T03:00:00", "KET-01", {"price": 94.5, "stock": 9}),
)  # fmt: skip


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))


def moment(epoch, zone="+01:00"):
    return {"$reql_type$": "TIME", "epoch_time": epoch, "timezone": zone}


def key(*parts):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "rdbfs/sample/%s/%s" % parts))


def times(rng, count):
    """Moments from the first day to the last night, the last ones close together."""
    start, end = seconds(FIRST), seconds(NIGHTS[-1])
    days = sorted((end - start) * (rng.random() ** 0.5) for _ in range(count))
    return [round(start + day, 3) for day in days]


def users(_night):
    rng = random.Random("users")
    for number, (name, city, longitude, latitude) in enumerate(PEOPLE):
        yield seconds(FIRST) - 86400 * (number + 3), {
            "avatar": binary(rng.randbytes(90)),
            "city": city,
            "home": geometry("Point", [longitude, latitude]),
            "id": key("user", number),
            "joined": moment(seconds(FIRST) - 86400 * (number + 3) + 0.5),
            "name": name,
        }


def posts(_night):
    rng = random.Random("posts")
    for number, epoch in enumerate(times(rng, 60)):
        title, tag, opening = SUBJECTS[number % len(SUBJECTS)]
        part = number // len(SUBJECTS) + 1
        yield epoch, {
            "author": key("user", rng.randrange(len(PEOPLE))),
            "body": " ".join([opening, *rng.sample(SENTENCES, rng.randint(2, 5))]),
            "created": moment(epoch),
            "id": key("post", number),
            "tags": [tag] + (["series"] if part > 1 else []),
            "title": title if part == 1 else "%s, part %d" % (title, part),
            "views": rng.randint(3, 4000),
        }


def comments(_night):
    rng = random.Random("comments")
    for number, epoch in enumerate(times(rng, 140)):
        yield epoch, {
            "author": key("user", rng.randrange(len(PEOPLE))),
            "created": moment(epoch, rng.choice(documents.ZONES)),
            "id": key("comment", number),
            "post": key("post", rng.randrange(60)),
            "text": rng.choice(REPLIES),
        }


def orders(_night):
    rng = random.Random("orders")
    for number, epoch in enumerate(times(rng, 90)):
        lines = [
            {"price": price, "quantity": rng.randint(1, 4), "sku": sku}
            for sku, _, price, _ in rng.sample(GOODS, rng.randint(1, 3))
        ]
        yield epoch, {
            "customer": key("user", rng.randrange(len(PEOPLE))),
            "id": 1001 + number,
            "items": lines,
            "note": rng.choice((None, None, "Please ring twice.", "Leave it with the neighbour.")),
            "placed": moment(epoch),
            "total": documents.number(sum(line["price"] * line["quantity"] for line in lines), 2),
        }


def products(night):
    for sku, name, price, stock in GOODS:
        product = {"name": name, "price": price, "sku": sku, "stock": stock}
        for when, changed, other in CHANGES:
            if changed == sku and seconds(when) <= night:
                product = product | other if other else None
        if product:
            yield 0, product


def nothing(_night):
    return ()


TABLES = (
    ("blog", "comments", comments, "id", [("post", False, False)]),
    ("blog", "posts", posts, "id", [("author", False, False), ("tags", True, False)]),
    ("blog", "users", users, "id", [("home", False, True)]),
    ("shop", "orders", orders, "id", [("customer", False, False)]),
    ("shop", "products", products, "sku", []),
    ("shop", "returns", nothing, "id", []),
)


def json_text(rows):
    return "[" + ",".join("\n" + json.dumps(row, sort_keys=True) for row in rows) + "\n]\n"


def members(night):
    """What the cluster held that night, tables in key order."""
    result = []
    for database, name, make, primary_key, indexes in TABLES:
        rows = [row for epoch, row in make(night) if epoch < night]
        rows.sort(key=lambda row: row[primary_key])
        info = info_text(database, name, primary_key, len(rows), indexes)
        result.append(archive.member(database, name + ".json", json_text(rows).encode("ascii")))
        result.append(archive.member(database, name + ".info", info.encode("ascii")))
    result.sort(key=lambda one: (one.database, one.file.endswith(".info")))
    return result


def write(folder):
    os.makedirs(folder, exist_ok=True)
    for night in NIGHTS:
        top = "rethinkdb_dump_" + night
        epoch = seconds(night)
        chunks = (
            chunk
            for one in members(epoch)
            for chunk in archive.member_chunks(top + "/" + one.path, one, mtime=epoch + 1.5)
        )
        path = os.path.join(folder, top + ".tar.gz")
        compress.write(path, archive.finished(chunks), "python:9", epoch + 2)
