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


def low_level():
    api = client.api
    config = api.create_host_config(
        port_bindings={80: ("127.0.0.1", 18086)},
        binds={"py-low": {"bind": "/data", "mode": "rw"}},
        restart_policy={"Name": "on-failure", "MaximumRetryCount": 2},
        ulimits=[docker.types.Ulimit(name="nofile", soft=100, hard=100)],
        tmpfs={"/scratch": "size=1m"},
        mem_limit="64m",
        extra_hosts={"there": "192.0.2.7"},
    )
    box = api.create_container("busybox", ["sleep", "600"], name="low", ports=[80], host_config=config, stop_signal="SIGKILL")
    api.start(box)
    assert api.port(box, 80) == [{"HostIp": "127.0.0.1", "HostPort": "18086"}]
    # The limits and the surroundings of the container are those of its execs.
    made = api.exec_create(box, ["sh", "-c", "ulimit -n; grep -c there /etc/hosts; df -k /scratch | tail -1"])
    shown = api.exec_start(made).decode().split()
    assert shown[:2] == ["100", "1"] and "1024" in shown, shown
    assert api.exec_inspect(made)["ExitCode"] == 0
    assert api.top(box)["Titles"][-1] == "CMD"
    api.update_container(box, mem_limit="128m", memswap_limit="256m")
    assert api.inspect_container(box)["HostConfig"]["Memory"] == 128 << 20
    api.pause(box)
    assert api.inspect_container(box)["State"]["Status"] == "paused"
    api.unpause(box)
    api.exec_start(api.exec_create(box, "touch /made"))
    assert {"Path": "/made", "Kind": 1} in api.diff(box)
    api.rename(box, "lower")
    api.commit(box, "py-low", "1", changes=["CMD echo committed"])
    assert client.containers.run("py-low:1", remove=True) == b"committed\n"
    assert api.history("py-low:1")[0]["Tags"] == ["py-low:1"]
    assert b"".join(api.export(box)).count(b"made") > 0
    api.restart(box, timeout=0)
    api.kill(box)
    assert api.wait(box, condition="not-running")["StatusCode"] == 137
    api.remove_container(box, v=True)
    api.remove_image("py-low:1")
    api.remove_volume("py-low")
    statuses = []
    for call in (
        lambda: api.start("nosuch"),
        lambda: api.remove_image("nosuch"),
        lambda: api.create_container("busybox", "true", host_config={"Memory": 1000}),
        lambda: api.remove_network("bridge"),
        lambda: api.inspect_volume("nosuch"),
        lambda: api.inspect_service("nosuch"),
    ):
        try:
            call()
            statuses.append(None)
        except docker.errors.APIError as error:
            statuses.append(error.status_code)
    assert statuses == [404, 404, 400, 403, 404, 503], statuses


def build():
    dockerfile = b"FROM busybox\nRUN echo built > /f\nCMD cat /f\n"
    image, log = client.images.build(fileobj=io.BytesIO(dockerfile), tag="py-built", rm=True)
    assert any("Successfully built" in each.get("stream", "") for each in log)
    assert client.containers.run(image, remove=True) == b"built\n"
    try:
        client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN exit 7\n"))
        raise AssertionError("a step that fails is an error")
    except docker.errors.BuildError as error:
        assert "returned a non-zero code: 7" in error.msg, error.msg
    client.images.remove("py-built")
    assert client.df()["Images"] and client.info()["Containers"] == 0 and client.version()["ApiVersion"]
    assert client.images.prune()["SpaceReclaimed"] >= 0
    assert client.containers.prune()["ContainersDeleted"] is None
    assert client.volumes.prune()["VolumesDeleted"] in (None, [])


for part in (containers, attach, objects, low_level, build, swarm):
    part()
    print(part.__name__, "ok", flush=True)
