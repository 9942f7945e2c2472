"""Writes test/fixtures/sigv4-oracle.json: requests to S3 as botocore signs them (AWS Signature Version 4).

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install botocore==1.44.8
    /tmp/oracle/bin/python scripts/oracles/sigv4.py
"""

import datetime
import json
import pathlib
from urllib.parse import quote

import botocore
import botocore.auth
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

OUT = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "sigv4-oracle.json"
AT = datetime.datetime(2026, 1, 5, 12, 0, 0)
ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

botocore.auth.get_current_datetime = lambda *_, **__: AT


def encoded(text):
    return quote(text, safe="-._~")


def case(bucket, key, query, headers, session, endpoint, region):
    path = "/".join(encoded(part) for part in key.split("/"))
    base = f"{endpoint}/{bucket}" if endpoint else f"https://{bucket}.s3.{region}.amazonaws.com"
    parameters = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in query.items())
    url = f"{base}/{path}" + (f"?{parameters}" if query else "")
    request = AWSRequest(method="GET", url=url, headers=dict(headers))
    request.context["payload_signing_enabled"] = True
    S3SigV4Auth(Credentials(ID, SECRET, session), "s3", region).add_auth(request)
    return {
        **{"bucket": bucket, "key": key, "query": query, "headers": headers, "session": session},
        **{"endpoint": endpoint, "region": region, "url": url, "authorization": request.headers["Authorization"]},
    }


CHECKSUM = {"x-amz-checksum-mode": "ENABLED"}
LIST = {"list-type": "2", "encoding-type": "url", "prefix": "demand/ü 1+2/", "continuation-token": "1/ab+c=="}
CASES = [
    case("models", "demand/1/sub/ü a+b&c=d?#%41.bin", {}, CHECKSUM, None, None, "eu-central-1"),
    case(
        "models", "it's (x)!*~$@,;:[]{}|^`\".txt", {}, {}, "FQoG//session+token==", "http://127.0.0.1:9000", "us-east-1"
    ),
    case(
        *("a.dotted.bucket", "w.bin", {"versionId": "a+b/c== &%"}, {**CHECKSUM, "if-match": '"0-1"'}),
        *(None, "https://minio.example.org", "auto"),
    ),
    case("models", "", LIST, {}, "s", None, "us-west-2"),
    case("models", "モデル/наш/😀.bin", {}, {"range": "bytes=10-"}, None, None, "us-east-1"),
]
MADE = {"botocore": botocore.__version__, "id": ID, "secret": SECRET, "at": AT.isoformat() + "Z", "cases": CASES}
OUT.write_text(json.dumps(MADE, indent=2, ensure_ascii=False) + "\n")
