# The hand-over between nvmsgbroker (C) and its connections (Python): see broker.h.

cdef extern from "brokers.h" nogil:
    ctypedef struct PtBrokerReport:
        unsigned int lost
        int ended, pending
        char *problem
    ctypedef struct PtBrokers:
        void *(*open)(char **settings, unsigned int *patience, char **error) noexcept
        void (*send)(void *broker, const void *payload, size_t size,
                     PtBrokerReport *report) noexcept
        void (*ask)(void *broker, PtBrokerReport *report) noexcept
        void (*close)(void *broker, unsigned int patience, unsigned int left,
                      PtBrokerReport *report) noexcept
    PtBrokers pt_python_brokers
    void pt_python_brokers_register()

_brokers_log = _logging.getLogger("pythiags.nvmsgbroker")
_broker_factory = None


def set_broker_factory(factory):
    """Set what makes the connection of every nvmsgbroker that starts from now on.

    Args:
        factory: Called with the properties that were set on the element, a dict of name to text. It
            gives an object with `patience`, the seconds that `close` may be given, `send(payload)`,
            `ask()` and `close(seconds, left)`, which are called by one thread and give a
            `pythiags.brokers.Report`. None: there are no connections.
    """
    global _broker_factory
    _broker_factory = factory
    pt_python_brokers_register()


cdef str brokers_words(problem):
    """The message; any exception that is not pythiags's own shows its type."""
    _brokers_log.debug("nvmsgbroker failed", exc_info=problem)
    return str(problem) if hasattr(problem, "exit_code") else f"{type(problem).__name__}: {problem}"


cdef void brokers_take(report, PtBrokerReport *to) except *:
    to.lost, to.ended, to.pending = report.lost, report.ended, report.pending
    if report.problem:
        to.problem = infer_strdup(report.problem.encode("utf-8", "replace"))


cdef void brokers_fail(problem, PtBrokerReport *to) noexcept:
    """What should not happen ends it all."""
    to.ended = True
    to.problem = infer_strdup(brokers_words(problem).encode("utf-8", "replace"))


cdef void *brokers_open(char **settings, unsigned int *patience, char **error) noexcept:
    cdef int i = 0
    try:
        if _broker_factory is None:
            raise RuntimeError("no connections to brokers are set")
        given = {}
        while settings[i] != NULL:
            given[settings[i].decode()] = settings[i + 1].decode("utf-8", "surrogateescape")
            i += 2
        broker = _broker_factory(given)
        patience[0] = int(broker.patience * 1000)
        Py_INCREF(broker)
        return <void *>broker
    except BaseException as problem:  # nothing may pass into C
        error[0] = infer_strdup(brokers_words(problem).encode("utf-8", "replace"))
        return NULL


cdef void brokers_send(void *broker, const void *payload, size_t size,
                       PtBrokerReport *report) noexcept:
    try:
        brokers_take((<object>broker).send((<const char *>payload)[:size]), report)
    except BaseException as problem:
        report.lost = 1
        brokers_fail(problem, report)


cdef void brokers_ask(void *broker, PtBrokerReport *report) noexcept:
    try:
        brokers_take((<object>broker).ask(), report)
    except BaseException as problem:
        brokers_fail(problem, report)


cdef void brokers_close(void *broker, unsigned int patience, unsigned int left,
                        PtBrokerReport *report) noexcept:
    try:
        brokers_take((<object>broker).close(patience / 1000, left), report)
    except BaseException as problem:
        brokers_fail(problem, report)
    Py_DECREF(<object>broker)


pt_python_brokers.open = brokers_open
pt_python_brokers.send = brokers_send
pt_python_brokers.ask = brokers_ask
pt_python_brokers.close = brokers_close
