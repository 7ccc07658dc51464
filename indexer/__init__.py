"""The offline side of arshif: reads dumps into archives, and trains encoders."""
