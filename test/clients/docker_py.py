"""Drives an engine through Debian's docker-py as its users do; every line that fails ends the script. DOCKER_HOST names the engine."""

import io
import socket
import tarfile
import threading
import time

import docker
from docker.types import ConfigReference, EndpointSpec, SecretReference, ServiceMode

client = docker.from_env(version="auto")
endless = {"stop_signal": "SIGKILL", "detach": True}


def until(check, what, seconds=30):
    end = time.time() + seconds
    while not check():
        assert time.time() < end, what
        time.sleep(0.1)


def containers():
    assert client.ping()
    assert client.containers.run("busybox", "echo hello", remove=True) == b"hello\n"
    try:
        client.containers.run("busybox", ["sh", "-c", "echo bad >&2; exit 3"], remove=True)
        raise AssertionError("exit code 3 is an error")
    except docker.errors.ContainerError as error:
        assert error.exit_status == 3 and error.stderr == b"bad\n"
    box = client.containers.run("busybox", "sleep 600", name="py", labels={"a": "b"}, **endless)
    assert [each.name for each in client.containers.list(filters={"label": "a=b"})] == ["py"]
    assert box.exec_run(["sh", "-c", "echo o; echo e >&2; exit 2"], demux=True) == (2, (b"o\n", b"e\n"))
    for number in range(20):
        answer = box.exec_run(["echo", str(number)], socket=True).output
        # Read beneath any buffer: what came together with the head would be lost.
        text = b"".join(iter(lambda: answer._sock.recv(4096), b""))
        assert text.endswith(b"%d\n" % number), text
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        info = tarfile.TarInfo("file")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"abc"))
    assert box.put_archive("/tmp", archive.getvalue())
    _, stat = box.get_archive("/tmp/file")
    assert stat["size"] == 3
    assert box.stats(stream=False)["name"] == "/py"
    events = client.events(decode=True, filters={"container": "py"})
    threading.Timer(0.3, box.kill).start()
    assert next(event["Action"] for event in events if event["Action"] != "kill") == "die"
    events.close()
    assert box.wait()["StatusCode"] == 137
    box.remove()


def attach():
    box = client.api.create_container("busybox", "cat", stdin_open=True)
    stream = client.api.attach_socket(box, params={"stdin": 1, "stdout": 1, "stream": 1})
    client.api.start(box)
    stream._sock.sendall(b"ping\n")
    assert stream._sock.recv(100).endswith(b"ping\n")
    stream._sock.shutdown(socket.SHUT_WR)
    assert client.api.wait(box)["StatusCode"] == 0
    client.api.remove_container(box)


def objects():
    volume = client.volumes.create("py", labels={"x": "y"})
    assert client.volumes.get("py").attrs["Labels"] == {"x": "y"}
    volume.remove()
    network = client.networks.create("py", driver="bridge")
    box = client.containers.run("busybox", "sleep 600", network="py", **endless)
    network.reload()
    assert [each.id for each in network.containers] == [box.id]
    network.disconnect(box)
    network.connect(box, aliases=["other"])
    box.reload()
    assert "other" in box.attrs["NetworkSettings"]["Networks"]["py"]["Aliases"]
    box.remove(force=True)
    network.remove()
    image = client.images.get("busybox")
    image.tag("py", "1")
    client.images.remove("py:1")
    loaded = client.images.load(b"".join(image.save(named=True)))
    assert loaded[0].id == image.id


def swarm():
    client.swarm.init(advertise_addr="127.0.0.1")
    secret = client.secrets.create(name="py", data=b"hidden")
    config = client.configs.create(name="py", data=b"shown")
    network = client.networks.create("py", driver="overlay")
    service = client.services.create(
        "busybox",
        ["sh", "-c", "cat /run/secrets/py /shown; echo; sleep 600"],
        name="py",
        mode=ServiceMode("replicated", 2),
        secrets=[SecretReference(secret.id, "py")],
        configs=[ConfigReference(config.id, "py", filename="/shown")],
        networks=["py"],
        endpoint_spec=EndpointSpec(ports={18085: 80}),
        stop_grace_period=0,
    )

    def running(count):
        tasks = service.tasks(filters={"desired-state": "running"})
        return [task["Status"]["State"] for task in tasks] == ["running"] * count

    until(lambda: running(2), "two tasks run")
    until(lambda: b"".join(service.logs(stdout=True)).count(b"hiddenshown\n") == 2, "both tasks have their files")
    service.scale(3)
    until(lambda: running(3), "three tasks run", 60)
    service.reload()
    service.update(labels={"q": "r"})
    service.reload()
    assert service.attrs["Spec"]["Labels"] == {"q": "r"}
    service.remove()
    secret.remove()
    config.remove()
    until(lambda: not client.api.containers(all=True), "no task is left")
    assert client.nodes.list()[0].attrs["Status"]["State"] == "ready"
    client.swarm.leave(force=True)


for part in (containers, attach, objects, swarm):
    part()
    print(part.__name__, "ok", flush=True)
