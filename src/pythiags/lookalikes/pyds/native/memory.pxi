# pyds's functions on plain memory. What they allocate is known by its address: see native/blocks.h.

from collections import OrderedDict

cdef object _known_addresses = OrderedDict()  # address -> handle of metadata, of the last get_ptr


def get_ptr(ptr):
    """Return the address behind a handle or an object of pyds; 0 for None."""
    cdef void *at
    if ptr is None:
        return 0
    if isinstance(ptr, Bound):
        _usable(<Bound>ptr, "get_ptr")
        if (<Bound>ptr).batch is NULL:
            return <size_t>(<Bound>ptr).at
        at = (<Bound>ptr).at
        ptr = _capsule(at, (<Bound>ptr).batch, _caster_of(type(ptr)).kind)
    elif not PyCapsule_CheckExact(ptr):
        _incompatible("get_ptr", "ptr: a handle, an object of pyds or None", ptr)
    at = _address_in(ptr)
    cdef Handle *handle = _handle_of(ptr)
    if handle is not NULL and KIND_UNKNOWN < handle.kind < KIND_LIST:
        _known_addresses[<size_t>at] = ptr
        if len(_known_addresses) > 8:  # each keeps its batch
            _known_addresses.popitem(last=False)
    return <size_t>at


cdef size_t _address(value, str function) except? 0:
    if not _is_number(value) or not 0 <= value <= 0xFFFFFFFFFFFFFFFF:
        _incompatible(function, "an address", value)
    return <size_t>value


cdef bytes _text_at(size_t address, str function):
    """The text at an address, without ever reading what is not there."""
    cdef char chunk[256]
    cdef char *end
    cdef size_t step
    if not address:
        return None
    text = b""
    while True:
        step = 256 - address % 256  # never across a page
        if not pt_peek(<void *>address, chunk, step):
            raise ValueError(f"{function}: there is no text at {address:#x}")
        end = <char *>memchr(chunk, 0, step)
        text += chunk[: step if end is NULL else end - chunk]
        if end is not NULL:
            return text
        address += step


def get_string(ptr):
    """Return the text at an address; None for 0."""
    text = _text_at(_address(ptr, "get_string"), "get_string")
    return None if text is None else text.decode()


cdef void *_allocated(size_t size, str function) except NULL:
    cdef void *block = pt_block_try_new(size)
    if block is NULL:
        raise MemoryError(f"{function}: there is no memory of {size} bytes")
    return block


def alloc_buffer(size):
    """Allocate zeroed memory, and return its address.

    Raises:
        MemoryError: There is not so much.
    """
    return <size_t>_allocated(_address(size, "alloc_buffer"), "alloc_buffer")


def alloc_char_buffer(size):
    """Allocate zeroed memory, and return its address.

    Raises:
        MemoryError: There is not so much.
    """
    return <size_t>_allocated(_address(size, "alloc_char_buffer"), "alloc_char_buffer")


cdef _free(size_t address, str function):
    if address and not pt_block_free(<void *>address):
        _misuse(
            f"{function} was given {address:#x}, which was not allocated, or is freed already",
            "free once, and only what alloc_buffer, memdup and strdup gave",
        )


def free_buffer(buffer):
    """Free what ``alloc_buffer``, ``memdup`` or ``strdup`` gave."""
    _free(_address(buffer, "free_buffer"), "free_buffer")


def free_gbuffer(buffer):
    """Free what is behind a handle or an object of pyds."""
    if buffer is None:
        return
    if isinstance(buffer, Bound):
        _free(<size_t>(<Bound>buffer).at, "free_gbuffer")
    elif PyCapsule_CheckExact(buffer):
        _free(<size_t>_address_in(buffer), "free_gbuffer")
    else:
        _incompatible("free_gbuffer", "a handle, an object of pyds or None", buffer)


def strdup(ptr):
    """Copy the text at an address, and return the copy's address; 0 for 0."""
    text = _text_at(_address(ptr, "strdup"), "strdup")
    return 0 if text is None else <size_t>pt_block_strdup(<bytes>text)


def strdup2str(ptr):
    """Return the text at an address; "" for 0."""
    return (_text_at(_address(ptr, "strdup2str"), "strdup2str") or b"").decode()


def memdup(ptr, size):
    """Copy memory, and return the copy's address; 0 for 0.

    Of what pyds allocated no more is read than there is; the copy is as large as was asked for.

    Raises:
        MemoryError: There is not so much memory.
    """
    cdef size_t address = _address(ptr, "memdup")
    cdef size_t wanted = _address(size, "memdup")
    if not address:
        return 0
    cdef size_t known = pt_block_size(<void *>address)
    cdef size_t there = min(wanted, known) if known else wanted
    cdef char *copy = <char *>_allocated(wanted, "memdup")
    if not pt_peek(<void *>address, copy, there):
        pt_block_free(copy)
        raise ValueError(f"memdup: there are no {there} bytes at {address:#x}")
    return <size_t>copy


def generate_ts_rfc3339(buffer, buffer_size):
    """Write the time of now, such as 2026-01-31T12:00:00.123Z, to memory.

    Raises:
        ValueError: There is no such memory, or less than ``buffer_size``.
    """
    from datetime import datetime, timezone

    cdef size_t address = _address(buffer, "generate_ts_rfc3339")
    cdef size_t size = _address(buffer_size, "generate_ts_rfc3339")
    cdef size_t known = pt_block_size(<void *>address)
    if not known or known < size:
        raise ValueError(
            f"generate_ts_rfc3339: expected the address of {size} bytes from pyds.alloc_buffer, got "
            f"{address:#x}"
        )
    now = datetime.now(timezone.utc)
    cdef bytes text = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z".encode()
    text = text[: max(<Py_ssize_t>size - 1, 0)] + b"\0"
    memcpy(<void *>address, PyBytes_AsString(text), min(<size_t>len(text), size))
