import sys

from search.trends.cli import main

sys.exit(main())
