"""Settings of the C library's allocator, so that freed memory is returned to the system."""

import ctypes

# Of mallopt(3).
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_LARGE = 1024 * 1024
_MOST_UNUSED = 4 * _LARGE


def return_large_blocks() -> None:
    """Return blocks of 1 MiB and more as soon as they are freed, here and in forked processes.

    glibc takes its first large block from the operating system, and all later ones of that size
    from its heap, where anything above them keeps them: 19 MiB for each thread that hashed a
    password, the buffers of an upload. Other C libraries are left as they are.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_M_TRIM_THRESHOLD, _MOST_UNUSED)
