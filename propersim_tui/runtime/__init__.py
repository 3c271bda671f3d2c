"""What the app needs of its process: reading the terminal, tuning the garbage collector, watching silent processes."""
