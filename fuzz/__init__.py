"""Fuzzing of every reader of untrusted bytes, coverage-guided by atheris (libFuzzer): `make fuzz`."""
