"""Two network namespaces joined by a link with a round trip of so many milliseconds, until stdin ends.

Both ends are real TCP of the kernel: a relay of streams in user space would hide what Nagle's algorithm and delayed
acknowledgements cost. Needs root and iproute2. Usage: python3 link.py NEAR FAR MILLISECONDS; prints "up" when it is there.
"""
import collections
import fcntl
import os
import struct
import subprocess
import sys
import threading
import time

NEAR, FAR, ROUND_TRIP = sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
ADDRESSES = {NEAR: "10.97.0.1/24", FAR: "10.97.0.2/24"}


def ip(*words, check=True):
    subprocess.run(["ip", *words], check=check, stdout=subprocess.DEVNULL, stderr=None if check else subprocess.DEVNULL)


def device(namespace):
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", namespace.encode(), IFF_TUN | IFF_NO_PI))
    ip("link", "set", namespace, "netns", namespace)
    ip("-n", namespace, "addr", "add", ADDRESSES[namespace], "dev", namespace)
    for name in ("lo", namespace):
        ip("-n", namespace, "link", "set", name, "up")
    return descriptor


def pass_on(source, target):
    waiting, ready = collections.deque(), threading.Semaphore(0)

    def deliver():
        while True:
            ready.acquire()
            due, packet = waiting.popleft()
            time.sleep(max(0, due - time.monotonic()))
            os.write(target, packet)

    threading.Thread(target=deliver, daemon=True).start()
    while True:
        try:
            packet = os.read(source, 2048)
        except OSError:  # the namespace is gone
            return
        waiting.append((time.monotonic() + ROUND_TRIP / 2, packet))
        ready.release()


for namespace in (NEAR, FAR):
    ip("netns", "del", namespace, check=False)
    ip("netns", "add", namespace)
try:
    one, other = device(NEAR), device(FAR)
    for ends in ((one, other), (other, one)):
        threading.Thread(target=pass_on, args=ends, daemon=True).start()
    print("up", flush=True)
    sys.stdin.read()
finally:
    for namespace in (NEAR, FAR):
        ip("netns", "del", namespace)
