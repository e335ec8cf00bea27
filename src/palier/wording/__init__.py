"""Codes in words: what pages, commands and the files that jobs write for people all say alike."""
