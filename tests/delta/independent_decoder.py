#!/usr/bin/env python3
"""A second decoder of payloads, written from manifests/DELTA.md, DELTA-PREDICTION.md,
DELTA-CODE.md and DELTA-PROGRAMS.md alone. Slow; holds everything in memory; for tests.

independent_decoder.py PAYLOAD FOLDER [OLD …]: writes the new files to FOLDER as 0, 1, 2 …
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "independent"))

from payload import decode  # noqa: E402


def read(name):
    with open(name, "rb") as file:
        return file.read()


def main():
    payload, folder, *old = sys.argv[1:]
    for number, content in enumerate(decode(read(payload), [read(name) for name in old])):
        with open(os.path.join(folder, str(number)), "wb") as file:
            file.write(content)


if __name__ == "__main__":
    main()
