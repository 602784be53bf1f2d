"""What pages call between double braces, by subject; macros.py offers it to them."""
