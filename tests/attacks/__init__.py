"""What anybody can post to the address that platforms push to."""
