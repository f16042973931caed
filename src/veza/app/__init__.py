"""The only place that sees everything: settings, assembly, the command line."""
