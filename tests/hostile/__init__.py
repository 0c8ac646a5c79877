"""Hostile files and texts: what a spec may throw at the compiler, and what its outputs must withstand."""
