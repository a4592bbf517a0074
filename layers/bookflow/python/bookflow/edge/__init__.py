"""How the runtime calls the functions: one file for each kind of caller."""
