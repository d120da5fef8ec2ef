"""The command `ocallkit`: what it prints, where, and with which exit status."""
