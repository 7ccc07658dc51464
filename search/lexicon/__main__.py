import sys

from search.lexicon.cli import main

sys.exit(main())
