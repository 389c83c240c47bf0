"""What drivers make of answers that are not as they should be."""
