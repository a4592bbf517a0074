"""The local stack: the real template on an emulator of AWS, without Docker or an account."""
