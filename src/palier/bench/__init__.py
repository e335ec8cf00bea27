"""The benchmarks behind palier bench."""
