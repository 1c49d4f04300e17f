"""Channels and workers: what lies between an extractor and its consumer. No GStreamer in it."""

from pythiags.channel.channel import Channel, ChannelStats, Control
from pythiags.channel.process import ProcessWorker
from pythiags.channel.worker import ThreadWorker, Worker

__all__ = ["Channel", "ChannelStats", "Control", "ProcessWorker", "ThreadWorker", "Worker"]
