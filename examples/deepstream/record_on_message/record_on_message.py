"""Record cameras when messages of a broker say so, from before the message on.

python record_on_message.py LIBRARY CONNECTION URI [URI ...]       with DeepStream
pythiags run record_on_message.py LIBRARY CONNECTION URI [URI ...] without

LIBRARY chooses the protocol: libnvds_mqtt_proto.so, libnvds_redis_proto.so, libnvds_kafka_proto.so
or libnvds_amqp_proto.so, for DeepStream with its folder. CONNECTION is such as "localhost;1883".
URIs are those of RTSP cameras, the first of which is the sensor "north", the second "south".

This message on the topic "recordings" has the last seconds before it recorded, and the next ten:
{"start": "2025-05-18T20:02:00Z", "end": "2025-05-18T20:02:20Z", "sensor": {"id": "north"}}
The times are in UTC. Without "end", this one ends the recording:
{"command": "stop-recording", "sensor": {"id": "north"}}
"""

import sys
from multiprocessing import Process
from pathlib import Path

from pyservicemaker import Flow, Pipeline, RecordConfig, RenderMode

HERE = Path(__file__).parent


def run(library, connection, *uris):
    config = RecordConfig(
        recording_type="cloud",
        proto_lib=library,
        conn_str=connection,
        proto_config_file=str(HERE / "config_broker.txt"),
        msgconv_config_file=str(HERE / "config_sensors.txt"),
        topic_list="recordings",
        rec_cache=20,  # seconds that are kept from before a message
        rec_dir_path=".",
        rec_mode=1,  # the picture only
    )
    flow = Flow(Pipeline("record-on-message")).batch_capture(
        list(uris), record_config=config, width=640, height=480, live_source=True
    )
    flow.render(mode=RenderMode.DISCARD, enable_osd=False, sync=False)()


def main(arguments):
    if len(arguments) < 4:
        sys.exit(f"usage: {arguments[0]} LIBRARY CONNECTION URI [URI ...]")
    process = Process(target=run, args=arguments[1:])
    process.start()
    try:
        process.join()
    except KeyboardInterrupt:
        process.terminate()
        process.join()
    return process.exitcode


if __name__ == "__main__":
    sys.exit(main(sys.argv))
