"""The journals of all hosts, where they are kept: searched, and thrown away when they are old."""
