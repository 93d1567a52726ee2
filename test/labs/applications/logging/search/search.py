"""Keeps documents and finds those that hold a word."""

import json

from flask import Flask, request

app = Flask(__name__)
documents = []


def answer(value, status=200):
    return app.response_class(json.dumps(value), status, mimetype="application/json")


@app.route("/logs/_doc", methods=["POST"])
def add():
    documents.append(request.get_json())
    return answer({"result": "created"}, 201)


@app.route("/logs/_search")
def search():
    hits = [each for each in documents if request.args["q"] in each["log"]]
    return answer({"total": len(hits), "hits": hits[:10]})


app.run(host="0.0.0.0", port=9200)
