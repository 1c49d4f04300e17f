"""When a live source is lost, started again and given up: the policy, and what follows from it."""

from __future__ import annotations

import enum
import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from pythiags.checks import check_above, check_flag, check_share
from pythiags.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "RetryPolicy",
    "RetryReason",
    "Sight",
    "SourceState",
    "SourceStats",
    "SourceStatus",
    "Step",
]

SILENCE: Final = 5.0  # seconds after which a source that nobody retries is reported
PAUSES: Final = 3  # so many times as long as the pause before it, where that is more
GRACE: Final = 0.2  # seconds from an end of stream until the error that explains it has come

RetryReason = Literal["error", "eos", "state-change-failure", "timeout"]
SourceStatus = Literal["buffering", "running", "retrying", "stopped"]


@dataclass(frozen=True)
class RetryPolicy:
    """How live sources, such as cameras, are started again when they are lost.

    Reasons and states have the names that ``fallbacksrc`` of gst-plugins-rs uses.

    Args:
        stall_timeout: Seconds without a buffer after which a source that has sent some is lost.
        start_timeout: Seconds that a source has to send its first buffer. With ``rtspsrc`` they
            have to be more than its ``timeout``, 5 s, after which it changes from UDP to TCP.
        retry_timeout: Seconds without a buffer after which a source is given up, those not counted
            in which the pipeline is paused; ``math.inf``: never.
        backoff: Seconds to wait before the first attempt; each further one waits twice as long.
        max_backoff: The longest wait, in seconds.
        jitter: By which share a wait is shortened at random, from 0 to 1: sources that were lost
            together do not come back all at once.
        restart_on_eos: Whether an end of stream that nothing explains is a loss. Without it, such
            an end is the end of the source, as of a recording that a server plays.

    Raises:
        ConfigError: A number is out of range, or no attempt could ever succeed.
    """

    stall_timeout: float = 5.0
    start_timeout: float = 20.0
    retry_timeout: float = 600.0
    backoff: float = 1.0
    max_backoff: float = 30.0
    jitter: float = 0.1
    restart_on_eos: bool = True

    def __post_init__(self) -> None:
        """Check the numbers."""
        for option in ("stall_timeout", "start_timeout", "retry_timeout", "backoff", "max_backoff"):
            check_above(f"invalid {option}", getattr(self, option), 0)
        check_share("invalid jitter", self.jitter)
        check_flag("restart_on_eos", self.restart_on_eos)
        self._check_order("backoff", "max_backoff", "the first wait is the shortest")
        for option in ("stall_timeout", "backoff"):
            why = "a source would be given up before it is started again"
            self._check_order(option, "retry_timeout", why, equal=False)

    def _check_order(self, less: str, more: str, why: str, *, equal: bool = True) -> None:
        first, second = getattr(self, less), getattr(self, more)
        if first > second or (first == second and not equal):
            raise ConfigError(
                f"{less} is {'more' if first > second else 'not less'} than {more}: {why}",
                expected=f"{less} below {more}",
                got=f"{less}={first:g}, {more}={second:g}",
            )

    def pause(self, attempt: int, share: float) -> float:
        """Return how long to wait before an attempt, in seconds.

        Args:
            attempt: 0 for the first one after a loss.
            share: How much of the jitter applies, from 0 to 1.
        """
        longest = min(self.max_backoff, self.backoff * 2.0 ** min(attempt, 64))
        return longest * (1.0 - self.jitter * share)


@dataclass(frozen=True)
class SourceStats:
    """The counters of a live source, such as a camera. Its words are ``fallbacksrc``'s.

    Attributes:
        name: The element's.
        location: Its URI or device, without a password.
        source_id: The number of the mixer's pad that it feeds; None: it feeds no mixer.
        status: ``"running"``; ``"buffering"``: nothing has come yet, or for
            ``RetryPolicy.stall_timeout``; ``"retrying"``: it is lost, and is started again;
            ``"stopped"``: it is lost for good, or its stream has ended.
        buffers: How many it has sent: of ``rtspsrc`` they are packets.
        losses: How often it was lost, by reason: ``error``, ``eos``, ``timeout`` or
            ``state-change-failure``.
        retries: How often it was started again, by the same reasons.
        stalls: How often it had sent, and then sent nothing for ``RetryPolicy.stall_timeout``.
        last_retry_reason: Why it was lost, or an attempt failed, last.
        detail: What an element said about that; may be empty.
    """

    name: str
    location: str
    source_id: int | None
    status: SourceStatus
    buffers: int
    losses: Mapping[RetryReason, int]
    retries: Mapping[RetryReason, int]
    stalls: int
    last_retry_reason: RetryReason | None
    detail: str

    @property
    def num_retry(self) -> int:
        """How often it was started again."""
        return sum(self.retries.values())

    @property
    def lost(self) -> bool:
        """Whether it is lost for good."""
        return self.status == "stopped" and bool(self.losses)

    @property
    def label(self) -> str:
        """Its name and location, for messages."""
        return f"{self.name} ({self.location})" if self.location else self.name

    @property
    def why(self) -> str:
        """The last reason, with what an element said."""
        return ": ".join(filter(None, (self.last_retry_reason, self.detail)))


class Step(enum.Enum):
    """What follows from a look at a source."""

    SILENT = "silent"  # it has sent nothing for long
    LOST = "lost"
    STOP = "stop"  # to be taken down
    START = "start"  # to be started again
    BACK = "back"  # it sends again
    END = "end"  # downstream is to have the end of its stream


class Sight(NamedTuple):
    """What is seen of a source at one moment.

    Attributes:
        last: When its last buffer came, by ``time.monotonic()``; None: there was none since it was
            started.
        ended: The end of its stream has come.
        waits: It cannot send: downstream holds it up, or the pipeline is paused.
    """

    last: float | None = None
    ended: bool = False
    waits: bool = False


class _Phase(enum.Enum):
    UP = enum.auto()
    STOPPING = enum.auto()
    WAITING = enum.auto()  # for the next attempt
    STARTING = enum.auto()
    OVER = enum.auto()


_AT_WORK: Final = (_Phase.STARTING, _Phase.UP)  # what fails then is not what was taken down


class SourceState:
    """One live source on its way through losses and attempts. It touches no GStreamer.

    Args:
        policy: None: a source that is lost stays lost.
        now: When it was started, as of all moments here: seconds of a clock that does not jump.
        share: Gives the share of the jitter that applies to a wait.
        live: Whether it has no end of its own.

    Attributes:
        status: In ``fallbacksrc``'s words: ``"buffering"``: nothing has come yet, or for long;
            ``"running"``, ``"retrying"``, ``"stopped"``.
        losses: How often it was lost, by reason.
        retries: How often it was started again, by the reason of the loss, or of the last attempt.
        stalls: How often it had sent, and then sent nothing for ``stall_timeout``.
        last_reason: Why an attempt, or the source, failed last.
        detail: What an element said about that; may be empty.
        given_up: It was not back within ``retry_timeout``.
        next_wait: Seconds until the next attempt, as of the moment when the last one failed.
    """

    def __init__(
        self,
        policy: RetryPolicy | None,
        now: float,
        share: Callable[[], float] = random.random,
        *,
        live: bool = True,
    ) -> None:
        self.status: SourceStatus = "buffering"
        self.losses: Counter[RetryReason] = Counter()
        self.retries: Counter[RetryReason] = Counter()
        self.stalls = 0
        self.last_reason: RetryReason | None = None
        self.detail = ""
        self.given_up = False
        self.next_wait = 0.0
        self._policy = policy
        self._share = share
        self._live = live
        self._phase = _Phase.UP
        self._quiet_since = now  # the last buffer, or the start
        self._has_sent = False  # since it was started
        self._pause = 0.0  # between what it sent last and before that
        self._ended_at: float | None = None
        self._failure: tuple[RetryReason, str] | None = None
        self._explanation: tuple[RetryReason, str] = ("eos", "")
        self._silence_reported = False
        self._attempt = 0
        self._lost_at = now
        self._looked_at = now
        self._until = now
        self._by_itself = False  # it was lost, and starts itself again

    def fail(self, reason: RetryReason, detail: str) -> None:
        """Take in that it has failed, or why it is about to end."""
        if self._phase in _AT_WORK and self._failure is None:
            self._failure = (reason, detail)

    def explain(self, reason: RetryReason, detail: str) -> None:
        """Take in what may explain an end of stream; it is no failure by itself."""
        if self._phase in _AT_WORK:
            self._explanation = (reason, detail)

    def lose_for_now(self, reason: RetryReason, detail: str) -> None:
        """Take in that it was lost, and that it starts itself again, as ``nvurisrcbin`` does."""
        if self.status == "stopped" or self._by_itself:
            return
        self._by_itself = True
        self.losses[reason] += self.status != "retrying"
        self.status, self.last_reason, self.detail = "retrying", reason, detail

    def come_back(self, now: float, attempts: int) -> None:
        """Take in that it sends again, after so many attempts of its own."""
        if self._by_itself:
            self._by_itself = False
            self.status, self._quiet_since = "running", now
            self.retries[self.last_reason or "error"] += attempts

    def lose_for_good(self, reason: RetryReason, detail: str) -> None:
        """Take in that it has failed, and that nobody will start it again."""
        if self.status != "stopped":
            self.losses[reason] += self.status != "retrying"
            self.last_reason, self.detail = reason, detail
            self._by_itself = False
            self._end()

    def look(
        self, now: float, sight: Sight, *, over: bool = False, paused: bool = False
    ) -> list[Step]:
        """Take in what is seen.

        Args:
            now: The moment.
            sight: What is seen.
            over: The whole pipeline has ended: nothing more will explain an end of stream.
            paused: The pipeline is: nothing can come back, and no time passes that it has for that.

        Returns:
            What follows, in this order.
        """
        if self._by_itself:
            return []
        if paused:
            self._lost_at += now - self._looked_at
        self._looked_at = now
        steps: list[Step] = []
        if self._phase is _Phase.UP:
            steps += self._look_at_running(now, sight, over=over)
        elif self._phase is _Phase.WAITING and now >= self._until:
            self._phase = _Phase.STARTING
            self.retries[self.last_reason or "error"] += 1
            steps.append(Step.START)
        policy = self._policy
        if self.status == "retrying" and policy and now - self._lost_at >= policy.retry_timeout:
            self._end()
            self.given_up = True
            return [Step.END]
        return steps

    def came_down(self, now: float) -> None:
        """Take in that it was taken down, and wait for the next attempt."""
        if self._phase is _Phase.STOPPING and self._policy is not None:
            self._phase = _Phase.WAITING
            self._until = now + self.next_wait

    def came_up(self, now: float, *, accepted: bool) -> list[Step]:
        """Take in that it was started; return what follows if an element did not let it."""
        if self._phase is not _Phase.STARTING:
            return []
        if not accepted:
            return self._lose("state-change-failure", self.detail)
        self._phase = _Phase.UP
        self._quiet_since, self._has_sent = now, False
        return []

    def _look_at_running(self, now: float, sight: Sight, *, over: bool) -> list[Step]:
        steps: list[Step] = []
        # The first may have come while it was being started, and be held up since.
        if sight.last is not None and (not self._has_sent or sight.last > self._quiet_since):
            if self.status == "retrying" or self._silence_reported:
                steps.append(Step.BACK)
            self._pause = sight.last - self._quiet_since if self._has_sent else 0.0
            self._quiet_since, self._has_sent, self._attempt = sight.last, True, 0
            self.status, self._silence_reported = "running", False
        if sight.ended and self._ended_at is None:
            self._ended_at = now
        if self._failure is not None:
            return steps + self._lose(*self._failure)
        if self._ended_at is not None:
            due = over or now - self._ended_at >= GRACE
            return steps + (self._take_end() if due else [])
        if sight.waits:
            self._quiet_since = now
            return steps
        return steps + self._look_at_silence(now)

    def _take_end(self) -> list[Step]:
        """An end is a loss, unless the policy takes one that nothing explains as it is."""
        policy, (reason, detail) = self._policy, self._explanation
        may_end = policy is not None and not policy.restart_on_eos and reason == "eos"
        if may_end or not self._live:
            self._end()
            return [Step.END]
        return self._lose(reason, detail)

    def _look_at_silence(self, now: float) -> list[Step]:
        policy, silent = self._policy, now - self._quiet_since
        if policy is not None and silent >= self._patience(policy):
            what = "" if self._has_sent else " since its start"
            self.stalls += self._has_sent
            return self._lose("timeout", f"no data for {silent:.1f} s{what}")
        rare = max(SILENCE, PAUSES * self._pause)
        limit = policy.stall_timeout if policy is not None else rare
        # Before anything has come, whoever waits for the start reports it.
        known = self._silence_reported or self.status == "retrying" or not self._live
        reported = not known and (policy or self._has_sent)
        if not reported or silent < limit:
            return []
        self.stalls += self._has_sent
        self.status, self._silence_reported = "buffering", True
        return [Step.SILENT]

    def _patience(self, policy: RetryPolicy) -> float:
        return policy.stall_timeout if self._has_sent else policy.start_timeout

    def _lose(self, reason: RetryReason, detail: str) -> list[Step]:
        self.last_reason, self.detail = reason, detail
        self._failure = self._ended_at = None
        self._explanation = ("eos", "")
        again = self.status == "retrying"
        if not again:
            self.losses[reason] += 1
            self._lost_at = self._quiet_since
        if self._policy is None:
            self._end()
            return [Step.LOST]
        self.status, self._phase = "retrying", _Phase.STOPPING
        self.next_wait = self._policy.pause(self._attempt, self._share())
        self._attempt += 1
        return [Step.STOP] if again else [Step.LOST, Step.STOP]

    def _end(self) -> None:
        self.status, self._phase = "stopped", _Phase.OVER
