"""A child that confines itself and then does what a hostile file might make it do."""

import json
import os
import resource
import signal
import sys

from roadmap.workbook.extracting.limits import confine


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main(deed):
    confine(seconds=1)
    match deed:
        case "tells":
            names = ("AS", "CPU", "FSIZE", "NOFILE", "CORE")
            limits = {n: resource.getrlimit(getattr(resource, f"RLIMIT_{n}"))[1] for n in names}
            say({"environment": sorted(os.environ), "limits": limits})
        case "allocates":
            say({"allocated": len(bytearray(b"x") * (300 << 20))})
        case "computes":
            while True:
                pass
        case "waits":
            say({"pid": os.getpid()})
            signal.pause()
        case "dies":
            os.kill(os.getpid(), signal.SIGSEGV)


if __name__ == "__main__":
    main(sys.argv[1])
