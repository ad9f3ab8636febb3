"""SQL that fills a server's table of users, or basic's CSV. Usage: statements.py people.json ORIGIN HASHER..."""

import csv
import json
import subprocess
import sys

# Times of the seed documents, and one second later for each person.
EPOCH = 1516713623


def text(value):
    """MySQL's and PostgreSQL's literal: the first reads a backslash as an escape, and gets NO_BACKSLASH_ESCAPES."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def time(second, form):
    import datetime

    at = datetime.datetime.fromtimestamp(EPOCH + second, datetime.timezone.utc)
    return at.strftime(form)


def hashes(people, hasher):
    """The original's costs are 10 and 14; the lowest there is keeps a test from lasting minutes."""
    known = [person for person in people if person["password"] is not None]
    lines = "".join(f"{person.get('cost', 4)} {person['password']}\n" for person in known)
    made = subprocess.run(hasher, input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    for person, made in zip(known, made, strict=True):
        person["hash"] = made


def vitja(n, p):
    admin = int(p.get("admin", False))
    values = (p["id"], text(p["name"]), text(p["username"]), text(p["hash"]), text(p["email"]), admin, EPOCH + n, EPOCH + 19 + n)
    return f"INSERT INTO users (id,name,username,password,email,is_admin,created,updated) VALUES ({','.join(map(str, values))});"


def amadis(n, p):
    name = "\u00e4" * 255 if p["name"] == "TOOLONG" else p["name"]
    at = text(time(n, "%Y-%m-%d %H:%M:%S"))
    values = (p["id"], text(name), text(p["email"]), at if p.get("verified") else "NULL", text(p["hash"]), text(p.get("remember")), at, at)
    return f"INSERT INTO users VALUES ({','.join(map(str, values))});"


def jwt(n, p):
    at = text(time(n, f"%Y-%m-%d %H:%M:%S.{n * 1000:06}+00"))
    roles = text("{" + ",".join(p["roles"]) + "}")
    enabled = "true" if p.get("enabled", True) else "false"
    values = (text(p["uuid"]), text(p["name"]), text(p["email"]), roles, text(p["hash"]), enabled, at, at)
    return f"INSERT INTO users (user_id,name,email,roles,password_hash,enabled,date_created,date_updated) VALUES ({','.join(values)});"


path, origin, *hasher = sys.argv[1:]
people = json.load(open(path, encoding="utf-8"))[origin]
hashes(people, hasher)
if origin == "basic":
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["username", "password_hash", "admin"])
    table.writerows([p["username"], p["hash"], "true" if p.get("admin") else "false"] for p in people)
else:
    if origin != "jwt":
        print("SET sql_mode = 'NO_BACKSLASH_ESCAPES';")
    print("\n".join({"vitja": vitja, "amadis": amadis, "jwt": jwt}[origin](n, p) for n, p in enumerate(people)))
