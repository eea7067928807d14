"""The hardware of the machine, found without torch."""

import ctypes
import sys


def gpu_is_present() -> bool:
    """Return whether the CUDA driver offers a GPU to this process; it honours CUDA_VISIBLE_DEVICES."""
    try:
        cuda = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    return bool(cuda.cuInit(0) == 0 and cuda.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0)
