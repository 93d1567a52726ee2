"""Ships containers' log lines, as Filebeat and Logstash do: which containers there are is asked of the engine's socket,
what they wrote is read from their files."""

import http.client
import json
import socket
import threading
import time

import requests

folder = "/var/lib/docker/containers"


class Engine(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/var/run/docker.sock")


def engine(path):
    connection = Engine("docker")
    connection.request("GET", path)
    return connection.getresponse()


def ship(container, labels):
    service = labels.get("com.docker.compose.service")
    path = f"{folder}/{container}/{container}-json.log"
    for _ in range(100):
        try:
            file = open(path)
            break
        except FileNotFoundError:
            time.sleep(0.1)
    else:
        return
    part = ""
    while True:
        part += file.readline()
        if not part.endswith("\n"):
            time.sleep(0.1)
            continue
        line, part = json.loads(part), ""
        document = {"service": service, "log": line["log"], "stream": line["stream"], "time": line["time"]}
        requests.post("http://elasticsearch:9200/logs/_doc", json=document, timeout=10).raise_for_status()


def follow(container, labels):
    if labels.get("com.docker.compose.service") in ("shop", "late"):
        threading.Thread(target=ship, args=(container, labels), daemon=True).start()


while True:
    try:
        requests.get("http://elasticsearch:9200/logs/_search?q=ready", timeout=10)
        break
    except requests.ConnectionError:
        time.sleep(0.2)
events = engine("/events?filters=%7B%22event%22%3A%5B%22start%22%5D%7D")
for each in json.load(engine("/containers/json")):
    follow(each["Id"], each["Labels"])
for event in events:
    attributes = json.loads(event)
    follow(attributes["Actor"]["ID"], attributes["Actor"]["Attributes"])
