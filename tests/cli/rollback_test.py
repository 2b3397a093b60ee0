"""Going back to the version before, without a download, and releases that do not run."""

import unittest

if __name__ == "__main__":
    unittest.main()
