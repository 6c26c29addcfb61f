"""What a child process that opens a stranger's file may use. No Django here: the child imports it.

Memory is that of the address space. A workbook of 20,000 rows × 40 columns is read within 48 MB
of it; the rest is room for styles and for texts that are shared among the cells.
"""

import ctypes
import os
import resource
import signal
import sys

MEMORY_BYTES = 200 * 1024 * 1024
CPU_SECONDS = 60
WRITTEN_BYTES = 128 * 1024 * 1024  # of one file
OPEN_FILES = 32
PARENT = "WORKBOOK_PARENT"  # the variable in which the child hears its parent's process id

_PR_SET_PDEATHSIG = 1


def confine(memory: int = MEMORY_BYTES, seconds: int = CPU_SECONDS) -> None:
    """Limit this process for good, and let it die when the process that started it dies.

    `memory` in bytes, `seconds` of processor time.
    """
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    if parent := os.environ.get(PARENT):
        _die_with(int(parent))


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have died before that was asked for.
    if os.getppid() != parent:
        os._exit(1)
