"""The commands `export run|list|show|resume|verify`."""
