# How long calls took: sums and quantiles, kept in C so that probes without the GIL have them too.

cdef class Histogram:
    """Durations in nanoseconds: how many, their sum, the longest, and quantiles off by at most 6 %.

    A probe returns a snapshot. Copies of several probes add up with
    ``merge()``.
    """

    cdef PtHistogram data

    def add(self, int64_t nanoseconds):
        """Count one duration."""
        pt_histogram_add(&self.data, nanoseconds)

    def merge(self, Histogram other not None):
        """Count all that the other one has counted."""
        pt_histogram_merge(&self.data, &other.data)

    def quantile(self, double share):
        """Return the duration that ``share`` (0 to 1) of all do not exceed, or 0.0: there are none."""
        return pt_histogram_quantile(&self.data, share)

    def counts_up_to(self, limits):
        """Return how many are shorter than each limit, in nanoseconds, and how many there are.

        They grow, whatever is counted meanwhile. A limit that is a power of two is exact.
        """
        cdef Histogram still = Histogram.__new__(Histogram)
        pt_histogram_merge(&still.data, &self.data)
        cdef uint64_t below = 0
        cdef list counts = []
        for limit in limits:
            below = pt_histogram_below(&still.data, limit)
            counts.append(below)
        counts.append(still.data.count if still.data.count > below else below)
        return counts

    @property
    def count(self):
        """How many durations."""
        return self.data.count

    @property
    def total(self):
        """Their sum."""
        return self.data.total

    @property
    def longest(self):
        """The longest one."""
        return self.data.longest


cdef Histogram _histogram(const PtHistogram *of):
    cdef Histogram copy = Histogram.__new__(Histogram)
    pt_histogram_merge(&copy.data, of)
    return copy
