#!/usr/bin/env python3
"""Adds up what meson test wrote down: count-tests.py BUILD …"""
import json
import pathlib
import sys

passed = failed = skipped = 0
for build in sys.argv[1:]:
    log = pathlib.Path(build, "meson-logs/testlog.json").read_text(encoding="utf-8")
    for line in log.splitlines():
        result = json.loads(line)["result"]
        if result == "OK":
            passed += 1
        elif result == "SKIP":
            skipped += 1
        else:
            failed += 1
print(f"tests: {passed} passed, {failed} failed, {skipped} skipped")
sys.exit(0 if passed and not failed else 1)
