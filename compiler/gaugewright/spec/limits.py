"""Bounds of a spec file. Imports nothing, so that whoever only looks at a file's size pays for nothing else."""

MAX_BYTES = 8 * 1024 * 1024
