"""What the checker says of rules that others wrote: `python -m tests.corpus FOLDER_OR_FILE...`."""
