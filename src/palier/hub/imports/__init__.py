"""From a tool's file to source records: decode, map, run."""
