"""The local run: the real template on an emulator of AWS, without Docker and without an account."""
