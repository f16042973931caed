"""`python -m veza_demo` is `veza-demo`."""

from veza_demo.command import main

main()
