#!/usr/bin/env python3
"""A registry for ml-loop, `registry: exec:./registry.py`, in a folder: the shortest program that keeps every promise.

ml-loop starts it once for each question, writes one JSON object to its standard input, and reads one from its standard
output (docs/registry-program.md). Replace the bodies of the functions by calls of your own store. What must hold: a version is
stored whole or not at all, and never replaced; an alias moves only from where it is expected.

The folder is ML_LOOP_REGISTRY_FOLDER, or ./registry: MODEL/versions/VERSION holds what `create` was given, and
MODEL/aliases.json the aliases. Anything printed to standard error is shown in the log if the program fails.
"""

import fcntl
import json
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(os.environ.get("ML_LOOP_REGISTRY_FOLDER", "registry"))


def models(_):
    found = [path.parents[2].name for path in ROOT.glob("*/versions/*/manifest.json")]
    return {"models": sorted(set(found))}


def versions(request):
    folders = sorted((ROOT / request["model"] / "versions").glob("[0-9]*"))
    return {"versions": [described(folder) for folder in folders]}


def described(folder):
    added = folder / "added.jsonl"
    lines = added.read_text().splitlines() if added.exists() else []
    return {
        "manifest": json.loads((folder / "manifest.json").read_text()),
        "evidence": [json.loads(line) for line in lines],
        "uri": folder.absolute().as_uri(),
    }


def create(request):
    """Copies the folder beside its place, and names it with one rename, unless the version or its bytes are there."""
    folder = folder_of(request)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        shutil.copytree(request["folder"], beside / "whole")
        with locked(request["model"]):
            others = versions(request)["versions"]
            if folder.exists() or request["digest"] in [each["manifest"]["digest"] for each in others]:
                return {"stored": False}
            (beside / "whole").rename(folder)
            return {"stored": True}
    finally:
        shutil.rmtree(beside)


def fetch(request):
    for file in request["files"]:
        shutil.copyfile(folder_of(request) / file["path"], file["to"])
    return {"done": True}


def add_evidence(request):
    """First the file, then the line that lists it: a file that no line lists is no one's."""
    folder, entry = folder_of(request), request["entry"]
    with locked(request["model"]):
        listed = described(folder)
        taken = [each["path"] for each in listed["manifest"]["evidence"] + listed["evidence"]]
        if entry["path"] in taken:
            return {"stored": False}
        place = folder / "evidence" / entry["path"]
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(request["file"], place)
        lines = "".join(json.dumps(each) + "\n" for each in [*listed["evidence"], entry])
        replace(folder / "added.jsonl", lines)
        return {"stored": True}


def aliases(request):
    known = aliases_of(request["model"])
    return {"aliases": [{"alias": alias, "moves": moves} for alias, moves in known.items()]}


def aliases_of(model):
    file = ROOT / model / "aliases.json"
    return json.loads(file.read_text()) if file.exists() else {}


def set_alias(request):
    """Compares and sets under a lock. A store without either can only read, compare and write: say so to its users."""
    model, alias = request["model"], request["alias"]
    with locked(model):
        known = aliases_of(model)
        current = known[alias][-1]["version"] if alias in known else None
        if current != request["expected"]:
            return {"moved": False}
        replace(ROOT / model / "aliases.json", json.dumps({**known, alias: request["moves"]}))
        return {"moved": True}


def remove(request):
    """Takes the version out of sight with one rename, and then its files away."""
    folder = folder_of(request)
    gone = folder.with_name(f".gone-{folder.name}-{os.getpid()}")
    folder.rename(gone)
    shutil.rmtree(gone)
    return {"done": True}


def folder_of(request):
    return ROOT / request["model"] / "versions" / request["version"]


def replace(path, text):
    """Writes a file beside its place and renames it, so that no one reads half of it."""
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    beside.write_text(text)
    beside.rename(path)


@contextmanager
def locked(model):
    """One program at a time writes to a model; the lock ends with the process, however that ends."""
    (ROOT / model).mkdir(parents=True, exist_ok=True)
    with open(ROOT / model / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


OPERATIONS = {
    "models": models,
    "versions": versions,
    "create": create,
    "fetch": fetch,
    "add-evidence": add_evidence,
    "aliases": aliases,
    "set-alias": set_alias,
    "remove": remove,
}

if __name__ == "__main__":
    asked = json.load(sys.stdin)
    if asked["schema"] != "ml-loop/registry-request@1":
        sys.exit(f"this program does not know {asked['schema']}")
    json.dump(OPERATIONS[asked["operation"]](asked), sys.stdout)
