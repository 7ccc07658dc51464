"""Turn ranked passages into ranked documents: fusion, collapsing, reranking, confidence.

All functions are pure.
"""
