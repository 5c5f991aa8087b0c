"""The lab: throw-away Debian hosts on the control node that stand in for EC2."""
