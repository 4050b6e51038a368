"""What every client does with its question."""
import os
import socket
import sys
import time


def run(ask):
    step(ask, "ready")
    scale_keepalive(int(sys.argv[4]))
    time.sleep(int(sys.argv[2]))
    step(ask, "answers")


def step(ask, good):
    try:
        ask()
    except Exception as error:
        print("lab: fails", f"{type(error).__name__}: {error}", flush=True)
        sys.exit(0)
    print("lab:", good, flush=True)


def scale_keepalive(seconds):
    """The lab runs in seconds what takes minutes in life: so must the keepalive the library set."""
    if seconds == 0:
        return
    for fd in map(int, os.listdir("/proc/self/fd")):
        try:
            with socket.socket(fileno=os.dup(fd)) as one:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, seconds)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, seconds)
        except OSError:
            pass


def server():
    address, port = sys.argv[1].rsplit(":", 1)
    return address, int(port)
