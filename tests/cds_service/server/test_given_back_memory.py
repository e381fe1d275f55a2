"""Large bodies do not stay in a worker's memory once they are answered."""

import platform
import subprocess
import sys

import pytest

# Small blocks stay between large ones, as records do between bodies: by itself glibc keeps the gaps.
PROGRAM = """
import psutil

from cds_service.server.serve import give_back_large_blocks

give_back_large_blocks()
before = psutil.Process().memory_info().rss
kept = []
for _ in range(2):
    large = []
    for _ in range(40):
        large.append(bytearray(b"x") * 1_500_000)
        kept.append(bytearray(b"x") * 50_000)
    del large
print((psutil.Process().memory_info().rss - before) // 1_000_000)
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that keeps them")
def test_what_large_bodies_took_goes_back_to_the_system():
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)

    assert int(done.stdout) < 10  # the small ones are 4, the large ones were 60
