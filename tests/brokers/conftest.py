"""Brokers that run."""

import pytest
from standins.brokers import Amqp, Kafka, Mosquitto, Redis, running


@pytest.fixture
def mosquitto(tmp_path):
    with running(Mosquitto(tmp_path)) as server:
        yield server.watch()


@pytest.fixture
def redis_server(tmp_path):
    with running(Redis(tmp_path)) as server:
        yield server


@pytest.fixture(scope="module")
def kafka():
    with running(Kafka()) as server:
        yield server


@pytest.fixture
def amqp_server():
    with running(Amqp()) as server:
        yield server
