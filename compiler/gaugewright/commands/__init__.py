"""The commands, one module each: arguments in, text out, an exit code. `cli.py` only names them."""
