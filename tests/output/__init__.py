"""The room that writes files: kills, faults, links in the way, several builds, and people's own files."""
