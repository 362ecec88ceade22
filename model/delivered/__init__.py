"""What a machine delivers of its peak."""
