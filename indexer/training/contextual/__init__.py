"""Train contextual encoders: a small BERT, from a pretrained base to an int8 directory."""
