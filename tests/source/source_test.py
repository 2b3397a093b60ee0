"""The source room over real connections, the tests of GROUP_cases.py:
`source_test.py GROUP --probe PROGRAM [unittest's arguments]`.

All servers run on 127.0.0.1. The program is given to the cases in the environment.
"""

import os
import sys
import unittest

if __name__ == "__main__":
    at = sys.argv.index("--probe")
    os.environ["SOURCE_PROBE"] = sys.argv[at + 1]
    del sys.argv[at:at + 2]
    unittest.main(module=f"{sys.argv.pop(1)}_cases", verbosity=1)
