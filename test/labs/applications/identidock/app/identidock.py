"""Shows the face that belongs to a name: asked of dnmonster once, kept in Redis."""

import hashlib
import html

import redis
import requests
from flask import Flask, Response, request

app = Flask(__name__)
cache = redis.StrictRedis(host="redis", port=6379, db=0)
salt = "UNIQUE_SALT"


@app.route("/", methods=["GET", "POST"])
def mainpage():
    name = html.escape(request.form.get("name", "Joe Bloggs"), quote=True)
    key = hashlib.sha256((salt + name).encode()).hexdigest()
    return f'<form method="POST">Hello <input type="text" name="name" value="{name}"></form><img src="/monster/{key}"/>'


@app.route("/monster/<name>")
def get_identicon(name):
    name = html.escape(name, quote=True)
    image = cache.get(name)
    if image is None:
        print("Cache miss", flush=True)
        answer = requests.get(f"http://dnmonster:8080/monster/{name}?size=80", timeout=10)
        answer.raise_for_status()
        image = answer.content
        cache.set(name, image)
    return Response(image, mimetype="image/png")


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=9090)
