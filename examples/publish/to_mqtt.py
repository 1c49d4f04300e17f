"""A consumer that publishes detections by MQTT; needs `pip install paho-mqtt`."""

import json
import threading

import paho.mqtt.client as mqtt

from pythiags import Consumer


class ToMqtt(Consumer):
    """Publishes the detections of each frame as one JSON document, with QoS 1.

    Args:
        host: The broker.
        port: Its port.
        topic: What to publish to.
    """

    worker = "thread"  # it waits more than it computes

    def __init__(self, host, port=1883, topic="pythiags/detections"):
        self.host, self.port, self.topic = host, port, topic
        self.connected = threading.Event()

    def open(self):
        """Connect; a broker that is not there is an error before the pipeline plays."""
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self.client.on_connect = self.on_connect
        self.client.on_disconnect = lambda *_: self.connected.clear()
        self.client.connect(self.host, self.port)
        self.client.loop_start()  # a thread of paho's, which connects again by itself

    def on_connect(self, client, userdata, flags, reason, properties):
        """Let `incoming` continue, unless the broker refused the connection."""
        if not reason.is_failure:
            self.connected.set()

    def incoming(self, detections):
        """Publish, and wait until the broker has it."""
        objects = [{**each._asdict(), "bbox": each.bbox._asdict()} for each in detections]
        self.connected.wait()
        self.client.publish(self.topic, json.dumps(objects), qos=1).wait_for_publish()

    def close(self):
        """Disconnect from the broker."""
        self.client.disconnect()
        self.client.loop_stop()
