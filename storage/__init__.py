"""Objects in S3 and the URLs that open them."""
