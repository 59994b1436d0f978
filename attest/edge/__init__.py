"""The outside world: files, processes, network, clock; each class has a twin in tests/fakes.py."""
