"""A face for every name: a symmetric PNG of the name's digest."""

import hashlib
import struct
import zlib

from flask import Flask, Response, request

app = Flask(__name__)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@app.route("/monster/<name>")
def monster(name):
    size = min(int(request.args.get("size", "80")), 400)
    digest = hashlib.sha256(name.encode()).digest()
    colour = digest[:3]
    rows = b""
    for y in range(size):
        row = b"\0"
        for x in range(size):
            column, line = min(x, size - 1 - x) * 8 // size, y * 8 // size
            row += colour if digest[3 + column * 4 % 20 + line] & 1 else b"\xff\xff\xff"
        rows += row
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return Response(png, mimetype="image/png")


app.run(host="0.0.0.0", port=8080)
