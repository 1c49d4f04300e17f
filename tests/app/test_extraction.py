"""Extractors that are replaced: what happens between the old one and the new one."""

from types import SimpleNamespace

from pythiags.app.extraction import _Call


def test_of_two_that_follow_each_other_without_a_buffer_the_first_takes_over_first():
    call = _Call(lambda _pad, _info: None, writable=False)
    order = []

    def first():
        # A buffer that came now could have the second one take over before this one.
        assert not call._turn.acquire(blocking=False)
        order.append("first")

    call.renew(SimpleNamespace(extract_metadata=lambda _pad, _info: 1), first)
    call.renew(SimpleNamespace(extract_metadata=lambda _pad, _info: 2), lambda: order.append("2nd"))
    assert order == ["first"]
    call._take_turn()
    assert order == ["first", "2nd"]
    assert call._function(None, None) == 2
