"""`python -m waybilld --config FILE`: the daemon, as `waybilld run` starts it.

Worker processes import the program's main module anew, but not one of this name (multiprocessing.spawn): so they load what
their own work needs, and not the reactor, the database and the services with it.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from waybilld.run import main

    sys.exit(main())
