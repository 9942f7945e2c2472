"""The last step of a training job elsewhere: tells GitHub what it has made.

    python send_trained.py --model model --uri s3://acme-models/demand/17/ --name demand --job demand-17 \
        [--predictions predictions.csv --predictions-uri s3://…] [--profile profile.json --profile-uri s3://…]

Upload the files first. GITHUB_REPOSITORY is OWNER/REPO. GITHUB_TOKEN may write the contents of that repository: an
app's token, or a fine-grained one, from the secret store of your cloud. GITHUB_API_URL is for a server of your own.
"""

import argparse
import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
    return digest.hexdigest()


def digest_of(model: Path) -> str:
    """ml-loop's digest of a model: a file, or all files below a folder."""
    paths = [model] if model.is_file() else [path for path in model.rglob("*") if path.is_file()]
    root = model.parent if model.is_file() else model
    entries = [
        {"path": path.relative_to(root).as_posix(), "sha256": sha256(path), "size": path.stat().st_size}
        for path in paths
    ]
    entries.sort(key=lambda entry: entry["path"].encode())
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser()
    for flag in ("model", "uri", "name", "job"):
        parser.add_argument(f"--{flag}", required=True)
    for flag in ("predictions", "predictions-uri", "profile", "profile-uri", "dedupe-key"):
        parser.add_argument(f"--{flag}")
    parser.add_argument("--event-type", default="ml-trained")
    given = parser.parse_args()
    repository = os.environ["GITHUB_REPOSITORY"]
    payload = {
        "schema": "ml-loop/trained@1",
        "name": given.name,
        "repository": repository,
        "model": given.uri,
        "digest": digest_of(Path(given.model)),
        "job": given.job,
    }
    for role in ("predictions", "profile"):
        path, uri = getattr(given, role), getattr(given, f"{role}_uri")
        if path is not None and uri is not None:
            payload[role] = {"uri": uri, "sha256": sha256(Path(path))}
    if given.dedupe_key is not None:
        payload["dedupe-key"] = given.dedupe_key
    request = urllib.request.Request(
        f"{os.environ.get('GITHUB_API_URL', 'https://api.github.com')}/repos/{repository}/dispatches",
        data=json.dumps({"event_type": given.event_type, "client_payload": payload}).encode(),
        headers={
            "authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "accept": "application/vnd.github+json",
            "content-type": "application/json",
        },
    )
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except urllib.error.HTTPError as error:
        sys.exit(f"GitHub answered {error.code}: {error.read().decode(errors='replace')[:300]}")
    print(json.dumps(payload, indent=2))


if __name__ == "__main__":
    main()
