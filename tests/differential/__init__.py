"""The proof that types are sound: what a real Prometheus answers lies within what was inferred."""
