"""Brokers for the tests.

mosquitto and redis-server as processes, the server that Kafka's client has in itself, and as much
of an AMQP server as one who sends and one who receives talk to. ``publish`` sends a message that
others receive.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from faults.harness import until

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"


def free_port():
    with socket.create_server((HOST, 0)) as server:
        return server.getsockname()[1]


class Process:
    """A server of one port, which may be stopped and started again."""

    program: str

    def __init__(self, folder):
        if shutil.which(self.program) is None:
            pytest.skip(f"{self.program} is not installed")
        self.folder, self.port = folder, free_port()
        self.start()

    def words(self):
        raise NotImplementedError

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, *self.words()], stdout=log, stderr=subprocess.STDOUT
            )
        until(self._answers, f"{self.program} listens")

    def _answers(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        with suppress(OSError):
            socket.create_connection((HOST, self.port), 1).close()
            return True
        return False

    def freeze(self):
        """Have it do nothing, while its connections stay."""
        self.process.send_signal(signal.SIGSTOP)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Mosquitto(Process):
    """With whoever is in ``users``, by name; without: anybody."""

    program = "mosquitto"

    def __init__(self, folder, users=None):
        self.users = users or {}
        self.messages: list[tuple[str, bytes]] = []
        self._client = None
        super().__init__(folder)

    def words(self):
        file = self.folder / "mosquitto.conf"
        lines = [f"listener {self.port} {HOST}", "persistence false"]
        lines += ["user root"] if os.geteuid() == 0 else []
        lines.append(f"allow_anonymous {str(not self.users).lower()}")
        if self.users:
            passwords = self.folder / "passwords"
            passwords.touch(mode=0o600)
            for name, password in self.users.items():
                subprocess.run(
                    ["mosquitto_passwd", "-b", passwords, name, password],
                    check=True,
                    capture_output=True,
                )
            lines.append(f"password_file {passwords}")
        file.write_text("\n".join(lines))
        return ["-c", file]

    def watch(self):
        """Keep all messages from now on."""
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        ready = threading.Event()
        self._client = client = Client(CallbackAPIVersion.VERSION2)
        client.on_message = lambda _c, _d, m: self.messages.append((m.topic, m.payload))
        client.on_connect = lambda *_: client.subscribe("#")
        client.on_subscribe = lambda *_: ready.set()
        for name, password in self.users.items():
            client.username_pw_set(name, password)
        client.connect(HOST, self.port)
        client.loop_start()
        assert ready.wait(20)
        return self

    def publish(self, topic, payload):
        from paho.mqtt import publish

        publish.single(topic, payload, hostname=HOST, port=self.port)

    def stop(self):
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None
        super().stop()


class Redis(Process):
    """A redis-server that keeps nothing on disk."""

    program = "redis-server"

    def __init__(self, folder, password=None):
        self.password = password
        super().__init__(folder)

    def words(self):
        words = ["--port", str(self.port), "--bind", HOST, "--save", "", "--dir", str(self.folder)]
        return words + (["--requirepass", self.password] if self.password else [])

    def client(self):
        from redis import Redis as Client

        return Client(HOST, self.port, password=self.password)

    def publish(self, topic, payload):
        with self.client() as client:
            client.xadd(topic, {"metadata": payload})

    def entries(self, topic):
        """The fields of the entries of a stream."""
        with self.client() as client:
            return [fields for _, fields in client.xrange(topic)]


class Kafka:
    """The cluster of one server that librdkafka has in itself, for tests."""

    PARTITIONS = 4

    def __init__(self):
        from confluent_kafka import Producer

        self._owner = Producer({"test.mock.num.brokers": 1})
        (broker,) = self._owner.list_topics(timeout=20).brokers.values()
        self.port = broker.port

    def messages(self, topic, count):
        """So many (key, value) of a topic."""
        from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

        options = {"bootstrap.servers": f"{HOST}:{self.port}", "group.id": "tests"}
        consumer = Consumer(options | {"allow.auto.create.topics": True})
        parts = range(self.PARTITIONS)
        consumer.assign([TopicPartition(topic, each, OFFSET_BEGINNING) for each in parts])
        found = []

        def enough():
            message = consumer.poll(0.1)
            if message is not None and message.error() is None:
                found.append((message.key(), message.value()))
            return len(found) >= count

        try:
            until(enough, f"{count} messages of Kafka")
        finally:
            consumer.close()
        return found

    def publish(self, topic, payload):
        from confluent_kafka import Producer

        producer = Producer({"bootstrap.servers": f"{HOST}:{self.port}"})
        producer.produce(topic, payload)
        assert producer.flush(20) == 0

    def stop(self):
        del self._owner


class Amqp:
    """A server of the user guest with the password guest.

    It keeps what is published; what its owner publishes goes to the queues that are bound to its
    topic.
    """

    def __init__(self):
        self.port = 0
        self.messages: list[tuple[str, str, bytes, object]] = []
        self.start()

    def start(self):
        self._server = socket.create_server((HOST, self.port))
        self.port = self._server.getsockname()[1]
        self._connections: list[socket.socket] = []
        self.sessions: list[Session] = []
        self.frozen, self.stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with suppress(OSError, ValueError):
            assert connection.recv(8) == b"AMQP\x00\x00\x09\x01"
            session = Session(self, connection)
            self.sessions.append(session)
            try:
                session.run()
            finally:
                session.over.set()

    def publish(self, topic, payload, content_type="text/plain"):
        for session in self.sessions:
            session.deliver(topic, payload, content_type)

    def freeze(self):
        """Have it take and answer nothing more, while its connections stay."""
        self.frozen.set()

    def stop(self):
        """Close all: from now on nobody listens."""
        self.stopped.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # it would listen on while it accepts
        self._server.close()
        for each in self._connections:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


class Session:
    """One connection to it."""

    def __init__(self, server, connection):
        from pika import spec

        self.server, self.connection, self.spec = server, connection, spec
        self.publish = self.properties = None
        self.body, self.size = b"", 0
        self.closing = False
        self.bound: dict[str, str] = {}  # queues, by their topics
        self.consumed: dict[str, str] = {}  # the tags of who reads them
        self.channel = 0
        self.over = threading.Event()

    def answer(self, channel, method):
        from pika import frame

        self.connection.sendall(frame.Method(channel, method).marshal())

    def run(self):
        from pika import frame

        start = self.spec.Connection.Start(server_properties={}, mechanisms="PLAIN")
        self.answer(0, start)
        data = b""
        while received := self.connection.recv(65536):
            data += received
            if self.server.frozen.is_set():
                self.server.stopped.wait()
            while True:
                used, found = frame.decode_frame(data)
                if found is None:
                    break
                data = data[used:]
                self.take(found)

    def take(self, found):
        method, channel = getattr(found, "method", None), getattr(found, "channel_number", 0)
        if method is not None:
            name = method.NAME.replace(".", "_").lower()  # Channel.Open
            own = f"closing_{name}" if self.closing else name
            getattr(self, own, self.ignore)(method, channel)
        elif self.publish and hasattr(found, "body_size"):
            self.properties, self.size, self.body = found.properties, found.body_size, b""
        elif self.publish and hasattr(found, "fragment"):
            self.take_body(found.fragment)

    def take_body(self, fragment):
        self.body += fragment
        if len(self.body) >= self.size:
            self.server.messages.append(
                (self.publish.exchange, self.publish.routing_key, self.body, self.properties)
            )

    def ignore(self, _method, _channel):
        """Whatever comes until a channel is closed on both sides."""

    def connection_startok(self, method, _channel):
        if method.response in ("\0guest\0guest", b"\0guest\0guest"):
            self.answer(0, self.spec.Connection.Tune(10, 131072, 0))
        else:
            words = "ACCESS_REFUSED - Login was refused"
            self.answer(0, self.spec.Connection.Close(403, words, 0, 0))

    def connection_open(self, _method, _channel):
        self.answer(0, self.spec.Connection.OpenOk())

    def connection_close(self, _method, _channel):
        self.answer(0, self.spec.Connection.CloseOk())

    def channel_open(self, _method, channel):
        self.answer(channel, self.spec.Channel.OpenOk())

    def channel_close(self, _method, channel):
        self.answer(channel, self.spec.Channel.CloseOk())

    def closing_channel_closeok(self, _method, _channel):
        self.closing = False

    def queue_declare(self, method, channel):
        assert (method.queue, method.auto_delete) == ("", True)
        name, self.channel = f"queue-{len(self.bound)}", channel
        self.answer(channel, self.spec.Queue.DeclareOk(name, 0, 0))

    def queue_bind(self, method, channel):
        if method.exchange == "missing":
            self._refuse(channel)
            return
        self.bound[method.routing_key] = method.queue
        self.answer(channel, self.spec.Queue.BindOk())

    def basic_consume(self, method, channel):
        assert method.no_ack
        self.consumed[method.queue] = method.consumer_tag
        self.answer(channel, self.spec.Basic.ConsumeOk(method.consumer_tag))

    def basic_cancel(self, method, channel):
        self.consumed = {q: tag for q, tag in self.consumed.items() if tag != method.consumer_tag}
        self.answer(channel, self.spec.Basic.CancelOk(method.consumer_tag))

    def deliver(self, topic, payload, content_type):
        from pika import frame

        tag = self.consumed.get(self.bound.get(topic, ""))
        if tag is None:
            return
        self.answer(self.channel, self.spec.Basic.Deliver(tag, 1, False, "amq.topic", topic))
        properties = self.spec.BasicProperties(content_type=content_type)
        parts = [frame.Header(self.channel, len(payload), properties)]
        parts += [frame.Body(self.channel, payload)] if payload else []
        self.connection.sendall(b"".join(part.marshal() for part in parts))

    def _refuse(self, channel):
        self.closing = True
        words = "NOT_FOUND - no exchange 'missing'"
        self.answer(channel, self.spec.Channel.Close(404, words, 60, 40))

    def basic_publish(self, method, channel):
        self.publish = method
        if method.exchange == "missing":
            self.publish = None
            self._refuse(channel)


@contextmanager
def running(server) -> Iterator:
    """The server, until the block ends."""
    try:
        yield server
    finally:
        server.stop()
