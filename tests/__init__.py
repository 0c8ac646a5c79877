"""The tests, a package so that `from tests import verifiers` works whatever the import mode."""
