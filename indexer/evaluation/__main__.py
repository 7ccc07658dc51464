import sys

from indexer.evaluation.cli import main

sys.exit(main())
