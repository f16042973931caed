"""The web application: its pages, files and installation."""
