"""What admins do with the personal data of a guest: export it, and erase it."""
