"""The source room over real connections: `source_test.py --probe PROGRAM [unittest's arguments]`.

All servers run on 127.0.0.1. The program is given to the cases in the environment.
"""

import os
import sys
import unittest

from download_cases import Downloads, Folders
from hiccup_cases import Hiccups, RefusedRanges, SlowSources, Unusable
from http_cases import Misbehaviour, Ranges, Reading, Redirects
from odd_cases import Encodings, NotOurs, OddHeaders
from secure_cases import Proxies, Tls

__all__ = ["Downloads", "Encodings", "Folders", "Hiccups", "Misbehaviour", "NotOurs", "OddHeaders",
           "Proxies", "Ranges", "Reading", "Redirects", "RefusedRanges", "SlowSources", "Tls",
           "Unusable"]

if __name__ == "__main__":
    at = sys.argv.index("--probe")
    os.environ["SOURCE_PROBE"] = sys.argv[at + 1]
    del sys.argv[at:at + 2]
    unittest.main(verbosity=1)
