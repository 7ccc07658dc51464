import sys

from indexer.training.cli import main

sys.exit(main())
