"""From ranked passages to ranked documents: fusion, collapsing, reranking, confidence. Pure."""
