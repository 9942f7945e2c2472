"""Serves a model: python serve.py MODEL_DIR VERSION LOG [PORT]

POST /predict with a list of deliveries (without their minutes) answers {"predictions": [23.1, …]}, and writes each answer
to LOG, the prediction log of ml-loop. With one delivery, not in a list, it answers {"prediction": 23.1}. POST /replay
answers the same and logs nothing.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from features import NUMBERS
from predict import load, predict


LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        start = time.monotonic()
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        rows = body if isinstance(body, list) else [body]
        try:
            answers = predict(self.server.model, rows)
            status, answer = 200, {"predictions": answers} if isinstance(body, list) else {"prediction": answers[0]}
        except (KeyError, ValueError) as error:
            answers, status, answer = [None] * len(rows), 400, {"error": f"{type(error).__name__}: {error}"}
        if self.path == "/predict":
            self.log_answers(rows, answers, status, (time.monotonic() - start) * 1000 / len(rows))
        self.answer(status, answer)

    def log_answers(self, rows, answers, status, latency):
        side = self.headers.get("x-variant", "stable")
        with LOCK, open(self.server.log, "a") as log:
            for row, prediction in zip(rows, answers):
                features = {name: row.get(name) for name in [*NUMBERS, "vehicle"]}
                entry = {"id": row.get("delivery_id"), "timestamp": row.get("placed_at"), "model": self.server.version}
                entry |= {"variant": side, "prediction": prediction, "status": status, "latency_ms": round(latency, 3)}
                log.write(json.dumps({**entry, **features}) + "\n")

    def answer(self, status, answer):
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """The prediction log is enough."""


def main(folder, version, log, port="0"):
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    server.model, server.version, server.log = load(folder), version, log
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
